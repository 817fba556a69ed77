"""Bytecode that every app of a machine may use: the same sources are compiled once for each Python."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from tampu.envs.bytecode import COMPILER, UNTIMED
from tampu.values import dataclass, field
from tampu.world import files
from tampu.world.cache import Hit, Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tampu.envs.site import Distribution, Site
    from tampu.world import World

NAME, FOLDER = "bytecode", "__pycache__"


@dataclass(slots=True)
class Shelf:
    """For one environment; `ground` tells its Python from others."""

    site: Site
    ground: Mapping[str, str]
    world: World
    _keys: dict[Distribution, Key] = field(default_factory=dict)

    def give(self, distribution: Distribution) -> bool:
        """Put its bytecode beside its modules, if all is here."""
        found = self.world.cache.find(_name(distribution), self._key(distribution))
        if isinstance(found, Hit):
            files.overlay(found.tree, self.site.library)
        return isinstance(found, Hit)

    def take(self, distributions: Iterable[Distribution]) -> None:
        """What was compiled for these is for others, too."""
        with self.world.cache.workshop() as bench:
            for each in distributions:
                tree = bench / each.info.name
                tree.mkdir()
                for name in _bytecode(self.site, each.modules()):
                    (tree / name).parent.mkdir(parents=True, exist_ok=True)
                    files.join(self.site.library / name, tree / name)
                self.world.cache.keep(_name(each), self._key(each), tree)

    def _key(self, distribution: Distribution) -> Key:
        if distribution not in self._keys:
            modules = _digest(self.site, distribution.modules())
            compiler = hashlib.sha256(COMPILER.read_bytes()).hexdigest()
            self._keys[distribution] = Key({**self.ground, "compiler": compiler, "modules": modules})
        return self._keys[distribution]


def shelf(site: Site, ground: Mapping[str, str], world: World) -> Shelf | None:
    return Shelf(site, ground, world) if world.cache.shares(NAME) and site.series >= UNTIMED else None


def _name(distribution: Distribution) -> str:
    return f"{NAME}/{distribution.name}"


def _digest(site: Site, modules: Iterable[str]) -> str:
    """Of what the files hold: a package could lie about them in its own list."""
    whole = hashlib.sha256()
    for name in modules:
        place = site.library / name
        content = place.read_bytes() if place.is_file() else b""
        whole.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        whole.update(content)
    return whole.hexdigest()


def _bytecode(site: Site, modules: Iterable[str]) -> Iterator[str]:
    known = set(modules)
    for folder in sorted({os.path.dirname(name) for name in known}):  # noqa: PTH120 - thousands of names
        place = site.library / folder / FOLDER
        for entry in place.iterdir() if place.is_dir() else ():
            if f"{folder}/{entry.name.partition('.')[0]}.py".lstrip("/") in known:
                yield f"{folder}/{FOLDER}/{entry.name}".lstrip("/")
