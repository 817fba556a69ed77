"""`${expression}` in texts and `+name+` in file names, as Paste Script filled them in."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SKIPPED = b"\0 skipped"
# A name, or anything within braces; $$ is a dollar.
GAP = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[_a-zA-Z][_a-zA-Z0-9]*)|\{(?P<braced>.*?)\}|)")


class SkipTemplate(Exception):
    """Raised by a file that is not wanted."""


class Misfit(Exception):
    """A file that can't be filled in, and where."""

    def __init__(self, place: str, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.place = place


def name(path: str, values: Mapping[str, object]) -> str:
    known = {"dot": ".", "plus": "+", **values}
    for each, value in known.items():
        path = path.replace(f"+{each}+", str(value))
    return path


def body(file: Path, values: Mapping[str, object], renderer: Any) -> bytes:  # noqa: ANN401 - a package's function
    known = {**_helpers(), **values}
    try:
        text = file.read_text(encoding="utf-8")
        if not renderer:
            return GAP.sub(lambda gap: _filled(gap, known, file), text).encode()
        rendered = renderer(text, known, filename=str(file))
        return rendered if isinstance(rendered, bytes) else str(rendered).encode()
    except SkipTemplate:
        return SKIPPED
    except Misfit:
        raise
    except Exception as error:
        raise Misfit(str(file), error) from error


def _filled(gap: re.Match[str], known: Mapping[str, object], file: Path) -> str:
    if gap["escaped"]:
        return "$"
    try:
        value = _value((gap["named"] or gap["braced"] or "").split("|"), known)
    except SkipTemplate:
        raise
    except Exception as error:
        line = gap.string.count("\n", 0, gap.start()) + 1
        raise Misfit(f"{file}, line {line}: {gap[0]}", error) from error
    return "" if value is None else str(value)


def _value(pieces: Sequence[str], known: Mapping[str, object]) -> object:
    """Of the first piece of Python that has all its names."""
    try:
        return eval(pieces[0], dict(known))  # noqa: S307 - of an installed package, whose code runs anyway
    except (NameError, KeyError):
        if not pieces[1:]:
            raise
    return _value(pieces[1:], known)


def _helpers() -> dict[str, object]:
    return {
        "nothing": None,
        "html_quote": lambda value: escape("" if value is None else str(value)),
        "url_quote": lambda value: quote("" if value is None else str(value)),
        "empty": '""',
        "test": lambda check, true, false="": true if check else false,
        "repr": repr,
        "str": str,
        "bool": bool,
        "SkipTemplate": SkipTemplate,
        "skip_template": _skip,
    }


def _skip(condition: object = True, *_: object) -> str:  # noqa: FBT002 - how templates call it
    if condition:
        raise SkipTemplate
    return ""
