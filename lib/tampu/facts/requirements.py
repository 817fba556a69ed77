"""What an app needs, in the one form that every package manager's files are turned into."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tampu.facts.tree import Tree
    from tampu.world.console import Notice

BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProject:
    """A folder or an archive of the app that is installed like a package; its path counts from the app's root."""

    path: str
    editable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A line of a requirements file, without hashes and options; `origin` says where the app asks for it."""

    line: str
    name: str | None
    origin: str
    hashes: tuple[str, ...] = ()
    local: LocalProject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """All that is to be installed. When `complete`, nothing is left to resolve: dependencies are listed too.

    Its paths count from `root`, which is a folder of the app.
    """

    manager: str
    because: str
    requirements: tuple[Requirement, ...] = ()
    options: tuple[str, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    complete: bool = False
    root: str = "."

    @property
    def local(self) -> tuple[LocalProject, ...]:
        return tuple(requirement.local for requirement in self.requirements if requirement.local)


def fingerprints(tree: Tree, names: Iterable[str]) -> dict[str, str]:
    """The sha256 of each of these files that is there; of a folder, that of all it holds."""
    return {name: _digest(tree.root / name) for name in names if (tree.root / name).exists()}


def local_fingerprints(tree: Tree, projects: Iterable[LocalProject]) -> dict[str, str]:
    """What an installed project depends on: the whole of it; when editable, what its metadata and map are made of."""
    found: dict[str, str] = {}
    for project in projects:
        prefix = "" if project.path == "." else f"{project.path}/"
        if project.editable:
            found |= fingerprints(tree, [f"{prefix}{name}" for name in BUILD_FILES])
            found[f"packages in {project.path}"] = _importable(tree.root / project.path)
        else:
            found |= fingerprints(tree, [project.path])
    return found


def _importable(project: Path) -> str:
    """Editable installs of some backends know the packages of their project by name: a new one makes them stale."""
    places = [place for place in (project, project / "src") if place.is_dir()]
    entries = (entry for place in places for entry in place.iterdir())
    names = sorted(
        str(entry.relative_to(project))
        for entry in entries
        if entry.suffix == ".py" or (entry.name.isidentifier() and any(entry.glob("*.py")))
    )
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _digest(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    whole = hashlib.sha256()
    for file in sorted(_files(path)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{content} {file.relative_to(path).as_posix()}\n".encode())
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files(entry)
        elif entry.is_file():
            yield entry
