"""The code and its environment: made beside, owned by root, named for what is in it, put in place by one rename."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

from tampu.build.engine import carry_out
from tampu.build.model import Target
from tampu.envs.bytecode import compile_modules
from tampu.service.texts import link
from tampu.values import dataclass
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.build.bare import Bare
    from tampu.service.journal import Journal
    from tampu.service.machine import Machine, Places

LEFT_OUT = frozenset({".git", ".hg", ".tampu", ".venv"})
BYTECODE = "__pycache__"
DIGEST_LENGTH = 16
START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """`code` is copied; `start` is the text of the script that starts it."""

    places: Places
    code: Path
    environment: Bare
    start: str
    digest: str

    @property
    def path(self) -> str:
        return f"{self.places.releases}/{self.digest}"

    @property
    def python(self) -> str:
        return f"{self.path}/.tampu/python/bin/python3"

    @property
    def title(self) -> str:
        return f"Release {self.digest}"

    @property
    def shown(self) -> tuple[str, ...]:
        return (
            f"{self.path}/ (root:root, a copy of {self.code})",
            *(f"{self.path}/.tampu/{step.name}/ ({step.title})" for step in self.environment.steps),
            f"{self.path}/{START}",
            *(f"    {line}".rstrip() for line in self.start.splitlines()),
        )

    @property
    def makes(self) -> tuple[str, ...]:
        return ()

    def act(self, machine: Machine, journal: Journal) -> Journal:
        place = machine.at(self.path)
        if place.is_dir():
            return journal
        bench = place.with_name(".new")
        files.remove(bench)
        bench.parent.mkdir(parents=True, exist_ok=True)
        files.copy(self.code, bench, LEFT_OUT)
        for stale in tuple(bench.rglob(BYTECODE)):
            files.remove(stale)
        _settle(bench)
        self._equip(bench, machine)
        bench.rename(place)
        return journal

    def _equip(self, bench: Path, machine: Machine) -> None:
        target = Target(app=bench, layers=bench / ".tampu")
        carry_out(self.environment.steps, target, machine.world)
        python = target.layers / "python" / "bin" / "python3"
        modules = (name for name, place in _entries(self.code) if name.endswith(".py") and place.is_file())
        compile_modules(bench, modules, python, machine.world)
        files.replace(bench / START, self.start, 0o755)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One rename decides which release is started from now on."""

    release: Release

    @property
    def title(self) -> str:
        return "Switching to it"

    @property
    def shown(self) -> tuple[str, ...]:
        return (f"{self.release.places.current} -> releases/{self.release.digest}",)

    @property
    def makes(self) -> tuple[str, ...]:
        return ()

    def act(self, machine: Machine, journal: Journal) -> Journal:
        link(machine.at(self.release.places.current), f"releases/{self.release.digest}")
        return journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune:
    """Nobody runs what was there before."""

    release: Release

    @property
    def title(self) -> str:
        return "Tidying up"

    @property
    def shown(self) -> tuple[str, ...]:
        return (f"{self.release.places.releases}/ (nothing but {self.release.digest} stays)",)

    @property
    def makes(self) -> tuple[str, ...]:
        return ()

    def act(self, machine: Machine, journal: Journal) -> Journal:
        for place in machine.at(self.release.places.releases).iterdir():
            if place.name != self.release.digest:
                files.remove(place)
        return journal


def digest_of(code: Path, environment: Bare, start: str) -> str:
    """Of all that a release is made from."""
    whole = hashlib.sha256(start.encode())
    for step in environment.steps:
        whole.update(f"{step.name} {step.key.digest}\n".encode())
    for name, place in sorted(_entries(code)):
        whole.update(f"{name}\0{_content(place)}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()[:DIGEST_LENGTH]


def _content(place: Path) -> str:
    if place.is_symlink():
        return f"link {place.readlink()}"
    if place.is_dir():
        return "folder"
    return f"{_mode(place):o} {hashlib.sha256(place.read_bytes()).hexdigest()}"


def _entries(code: Path) -> Iterator[tuple[str, Path]]:
    """All that is copied, with its name from there."""
    for entry in code.iterdir():
        if entry.name not in LEFT_OUT:
            yield from _below(entry, code)


def _below(place: Path, code: Path) -> Iterator[tuple[str, Path]]:
    if place.name == BYTECODE:
        return
    if place.is_symlink() or place.is_file() or place.is_dir():
        yield place.relative_to(code).as_posix(), place
    if place.is_dir() and not place.is_symlink():
        for entry in place.iterdir():
            yield from _below(entry, code)


def _settle(bench: Path) -> None:
    """Everybody in the group may read it, nobody but root may write, and no program runs as somebody else."""
    bench.chmod(0o755)
    for _, place in _entries(bench):
        if not place.is_symlink():
            place.chmod(0o755 if place.is_dir() else _mode(place))


def _mode(place: Path) -> int:
    return 0o755 if place.stat().st_mode & stat.S_IXUSR else 0o644
