"""TOML documents, by the parser of the standard library where it has one."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.documents import unwritable
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping


class BadToml(TampuError):
    reason = "app::bad-toml"

    def __init__(self, name: str, why: str) -> None:
        self.why = why
        super().__init__(
            title=f"{name} is not valid TOML",
            found=why,
            expected="TOML, as https://toml.io describes it",
            todo=f"Mend that line of {name}, commit it and build again.",
        )


def read_toml(text: str, name: str) -> Mapping[str, object]:
    parser = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        document: Mapping[str, object] = parser.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadToml(name, _explained(error, text)) from error
    if odd := unwritable(document):
        raise BadToml(name, odd)
    return document


def _explained(error: Exception, text: str) -> str:
    """The parser's words with the line in front, and what stands in that line."""
    why, _, place = str(error).partition(" (at ")
    found = re.match(r"line ([0-9]+)", place)
    lines = text.split("\n")
    number = int(found[1]) if found else len(lines)
    return f"line {number}: {excerpt(why, SENTENCE)}\n{excerpt(lines[number - 1])}".rstrip()
