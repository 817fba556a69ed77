"""Looks words up in a document, and says which of them is not what it should be."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

CAPITAL = re.compile("[A-Z]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
WIDTH = 86
YES, NO = "true", "false"


class BadWish(TampuError):
    reason = "service::bad-wish"
    exit_code = 2

    def __init__(self, origin: str, key: str, found: str, expected: str) -> None:
        super().__init__(
            title=f"{origin} asks for what no service can have",
            found=f"{key} = {excerpt(found) or 'nothing'}",
            expected=fill(expected, WIDTH),
            todo=f"Correct {key} in {origin}, and try again.",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A document that may say these keys, in snake_case or in camelCase, and no others."""

    origin: str
    base: Path
    document: Mapping[str, object]
    keys: tuple[str, ...]
    also: Mapping[str, str]

    def __post_init__(self) -> None:
        found: dict[str, object] = {}
        for written, value in self.document.items():
            snake = CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", written)
            key = self.also.get(snake, snake)
            if key not in self.keys or key in found:
                expected = ", ".join(self.keys) if key not in self.keys else f"{key} once"
                raise BadWish(self.origin, written, str(value), expected)
            found[key] = value
        object.__setattr__(self, "document", {key: value for key, value in found.items() if value is not None})

    def with_defaults(self, defaults: Mapping[str, object]) -> Asked:
        return replace(self, document={**defaults, **self.document})

    def text(self, key: str, usually: str | None = None) -> str:
        value = self.document.get(key, usually)
        if not isinstance(value, (str, Path)):
            raise BadWish(self.origin, key, "" if value is None else repr(value), "a text")
        return self._line(key, str(value))

    def word(self, key: str, form: re.Pattern[str], expected: str, usually: str | None = None) -> str:
        value = self.text(key, usually)
        if not form.fullmatch(value):
            raise BadWish(self.origin, key, value, expected)
        return value

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        value = self.text(key, known[0])
        if value not in known:
            raise BadWish(self.origin, key, value, " or ".join(known))
        return value

    def words(self, key: str, form: re.Pattern[str], expected: str) -> tuple[str, ...]:
        value = self.document.get(key, ())
        found = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        for each in found:
            if not isinstance(each, str) or not form.fullmatch(each) or CONTROL.search(each):
                raise BadWish(self.origin, key, str(each), expected)
        return found

    def line(self, key: str) -> tuple[str, ...]:
        """The words of a command: a list of them, or one text that is split as a shell does."""
        value = self.document.get(key, ())
        if isinstance(value, str):
            try:
                value = shlex.split(self._line(key, value))
            except ValueError as error:
                raise BadWish(self.origin, key, str(value), f"a command ({error})") from error
        return self.words_of(key, value)

    def words_of(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
            raise BadWish(self.origin, key, repr(value), "a command: a text, or a list of words")
        return tuple(self._line(key, each) for each in value)

    def texts(self, key: str, form: re.Pattern[str], expected: str) -> dict[str, str]:
        """A table of texts; numbers and truths are written out as JSON does."""
        found: dict[str, str] = {}
        for name, value in self._table(key).items():
            if not form.fullmatch(name):
                raise BadWish(self.origin, f"{key}.{excerpt(name)}", str(value), expected)
            if not isinstance(value, (str, int, float)):
                raise BadWish(self.origin, f"{key}.{name}", repr(value), "a text, a number, true or false")
            written = {True: YES, False: NO}[value] if isinstance(value, bool) else str(value)
            found[name] = self._line(f"{key}.{name}", written)
        return found

    def table(self, key: str, keys: tuple[str, ...]) -> Asked:
        return Asked(self.origin, self.base, self._table(key), keys, {})

    def flag(self, key: str, *, usually: bool) -> bool:
        value = self.document.get(key, usually)
        if not isinstance(value, bool):
            raise BadWish(self.origin, key, repr(value), "true or false")
        return value

    def number(self, key: str) -> int:
        value = self.document.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadWish(self.origin, key, repr(value), "a number of seconds")
        return value

    def folder(self, key: str) -> Path:
        place = self.base / self.text(key)
        if not os.path.isdir(place):  # noqa: PTH112 - a name that is too long is no folder's
            raise BadWish(self.origin, key, str(place), "a folder that is there")
        return place.resolve()

    def file(self, key: str) -> Path | None:
        if key not in self.document:
            return None
        place = self.base / self.text(key)
        if not os.path.isfile(place):  # noqa: PTH113 - nor is it a file's
            raise BadWish(self.origin, key, str(place), "a file that is there")
        return place.resolve()

    def _table(self, key: str) -> dict[str, object]:
        value = self.document.get(key, {})
        if not isinstance(value, dict):
            raise BadWish(self.origin, key, repr(value), "a table")
        return value

    def _line(self, key: str, value: str) -> str:
        """What goes into files and commands is one line."""
        if CONTROL.search(value):
            raise BadWish(self.origin, key, value, "one line of text")
        return value
