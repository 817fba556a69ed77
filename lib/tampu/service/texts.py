"""Small files of a service, the links beside them, and those that must not be there any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.values import dataclass
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.service.journal import Journal
    from tampu.service.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Paths and their texts; `links` lead to other paths."""

    title: str
    texts: Mapping[str, str]
    links: Mapping[str, str]
    gone: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        lines: list[str] = []
        for path, text in self.texts.items():
            lines += [path, *(f"    {line}".rstrip() for line in text.splitlines())]
        return (*lines, *(f"{path} -> {target}" for path, target in self.links.items()))

    @property
    def makes(self) -> tuple[str, ...]:
        return (*self.texts, *self.links)

    def act(self, machine: Machine, journal: Journal) -> Journal:
        for path, text in self.texts.items():
            place = machine.at(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            files.sweep(place)
            if not place.is_file() or place.read_text(encoding="utf-8") != text:
                files.replace(place, text)
        for path, target in self.links.items():
            link(machine.at(path), target)
        for path in self.gone:
            machine.at(path).unlink(missing_ok=True)
        return journal


def link(place: Path, target: str) -> bool:
    """Let it lead there from one moment to the next; False if it did already."""
    if place.is_symlink() and str(place.readlink()) == target:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.link.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(place)
    return True
