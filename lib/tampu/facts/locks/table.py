"""Tables of a lock file: what they hold is checked as it is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


# What lists of packages are told from each other by, and what no list can hold.
NOT_OF_ONE_LINE = re.compile("[\0-\x08\n-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


class UnreadableLock(TampuError):
    reason = "lock::unreadable"

    def __init__(self, place: str, found: str, expected: str) -> None:
        name = place.partition(",")[0]
        super().__init__(
            title=f"{name} holds something of the wrong kind",
            found=f"{excerpt(found)}\nin {excerpt(place)}",
            expected=expected,
            todo=f"Mend {name} (a lock: make it anew with its tool), commit it and build again.",
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose shape nobody has checked yet; `place` says where it stands. What is absent reads as empty."""

    values: Mapping[str, object]
    place: str

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str) or NOT_OF_ONE_LINE.search(value):
            raise self._odd(key, value, "a text of one line")
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._odd(key, value, "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not _is_texts(value):
            raise self._odd(key, value, "a list of texts, each of one line")
        return tuple(value)

    def table(self, key: str) -> Table:
        value = self.values.get(key, {})
        if not _is_table(value):
            raise self._odd(key, value, "a table")
        return Table(value, f"{self.place}, {key}")

    def tables(self, key: str) -> tuple[Table, ...]:
        value = self.values.get(key, [])
        if not _is_tables(value):
            raise self._odd(key, value, "a list of tables")
        return tuple(Table(item, f"{self.place}, {item.get('name', key)}") for item in value)

    def _odd(self, key: str, value: object, expected: str) -> UnreadableLock:
        return UnreadableLock(f"{self.place}, {key}", repr(value), expected)


def _is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) and not NOT_OF_ONE_LINE.search(item) for item in value)


def _is_tables(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
