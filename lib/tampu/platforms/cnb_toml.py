"""TOML as a lifecycle reads it: tables of texts and truths."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Value = str | bool | Iterable[str]

BARE = re.compile(r"[A-Za-z0-9_-]+")
NOT_IN_TOML = re.compile(r"[\x7f\ud800-\udfff]")


def table(name: str, values: Mapping[str, Value]) -> str:
    """A table under a name that has dots where it is deep, or brackets where it is one of many."""
    lines = [f"{key if BARE.fullmatch(key) else quoted(key)} = {_value(value)}\n" for key, value in values.items()]
    return f"[{name}]\n{''.join(lines)}\n"


def quoted(text: str) -> str:
    """JSON's escapes are TOML's; a byte that was never a letter can't be said in it."""
    return NOT_IN_TOML.sub(lambda found: "\\u007f" if found[0] == "\x7f" else "?", json.dumps(text, ensure_ascii=False))


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else f"[{', '.join(map(quoted, value))}]"
