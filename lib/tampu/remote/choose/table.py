"""Which distribution gives which import, as others have seen it: read from what vendor/imports has written."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = Path(__file__).with_name("table.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`seen` says who saw it, in words."""

    distribution: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    made: str
    lines: Mapping[str, str]
    seen: Mapping[str, str]
    namespaces: frozenset[str]
    impostors: Mapping[str, str]

    def providers(self, name: str) -> tuple[Provider, ...]:
        """By the longest beginning of the dotted name that is known."""
        line = next((self.lines[each] for each in beginnings(name) if each in self.lines), "")
        return tuple(self._provider(*part.split(" ")) for part in line.split(", ") if part)

    def deceives(self, name: str, distribution: str) -> bool:
        """Whether that distribution is known to be something else than what such an import means."""
        return any(distribution in self.impostors.get(each, "").split() for each in beginnings(name))

    def _provider(self, distribution: str, letters: str) -> Provider:
        return Provider(distribution=distribution, seen=", ".join(self.seen[letter] for letter in letters))


@cache
def table() -> Table:
    known = json.loads(FILE.read_text(encoding="utf-8"))
    return Table(
        made=known["made"],
        lines=known["imports"],
        seen=known["seen"],
        namespaces=frozenset(known["namespaces"]),
        impostors=known["impostors"],
    )


def beginnings(name: str) -> Iterator[str]:
    """`a.b.c`, `a.b`, `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def canonical(name: str) -> str:
    """As indexes compare names; packaging has it too, and takes longer to load than all of this to run."""
    return re.sub(r"[-_.]+", "-", name).lower()
