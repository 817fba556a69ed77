"""From a script to all modules of its project that it brings along, and all that it imports from elsewhere."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tampu.remote.found.conditions import dotted
from tampu.remote.found.imports import imports_of
from tampu.remote.found.literals import Literals
from tampu.remote.found.parse import parsed
from tampu.remote.found.standard import standard
from tampu.remote.found.tree import COMPILED, Project, within
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tampu.remote.found.imports import Import

    Holds = Callable[[str], bool]

PATH_CHANGES = {"sys.path.insert": 1, "sys.path.append": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """An import that neither the project nor the standard library answers; `path` is the file that has it."""

    path: Path
    what: Import


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """`trees` are the modules in the order in which they were found, the script first."""

    project: Project
    trees: dict[Path, ast.Module | None]
    foreign: tuple[Foreign, ...]


@dataclass(slots=True, kw_only=True)
class _Walk:
    project: Project
    python: str
    holds: Holds
    trees: dict[Path, ast.Module | None] = field(default_factory=dict)
    foreign: list[Foreign] = field(default_factory=list)

    def go(self, script: Path) -> None:
        waiting = [script]
        while waiting:
            path = waiting.pop()
            if path in self.trees:
                continue
            # A compiled module keeps what it imports to itself.
            tree = None if path.suffix == COMPILED else parsed(path, self.project.shown(path))
            self.trees[path] = tree
            if tree:
                self.project = _with_paths(self.project, tree, path)
                waiting.extend(reversed([each for each in self._next(path, tree) if each not in self.trees]))

    def _next(self, path: Path, tree: ast.Module) -> Iterator[Path]:
        for each in imports_of(tree):
            if self.holds(each.marker) and not self._there(each.instead_of):
                yield from self._of(path, each)
        for name in sorted(_attributes(tree)):
            yield from self.project.find(name)

    def _of(self, path: Path, each: Import) -> Iterator[Path]:
        if each.level:
            yield from _relative(path, each)
            return
        own = [file for name in each.candidates for file in self.project.find(name)]
        own += self._more(each)
        yield from own
        if not own and each.module.partition(".")[0] not in standard(self.python):
            self.foreign.append(Foreign(path=path, what=each))

    def _more(self, each: Import) -> Iterator[Path]:
        """All that a star, or a name that is made up when it runs, may bring."""
        if each.begins:
            yield from self.project.inside(each.module)
        package = next(reversed(self.project.find(each.module)), None) if "*" in each.names else None
        if package and package.suffix == ".py":
            tree = self.trees.get(package) or parsed(package, self.project.shown(package))
            for name in _listed(tree):
                yield from self.project.find(f"{each.module}.{name}")

    def _there(self, names: tuple[str, ...]) -> bool:
        """Whether what is tried first is sure to be there, so that nothing else is."""
        known = standard(self.python)
        return bool(names) and all(name.partition(".")[0] in known or self.project.find(name) for name in names)


def reached(project: Project, scripts: Sequence[Path], python: str, holds: Holds) -> Reached:
    """`holds` says of a marker whether it does where the scripts are to run."""
    walk = _Walk(project=project, python=python, holds=holds)
    for script in scripts:
        walk.project = walk.project.reading(script.parent)
        walk.go(script)
    return Reached(project=walk.project, trees=walk.trees, foreign=tuple(walk.foreign))


def _relative(path: Path, each: Import) -> Iterator[Path]:
    folder = path.parent
    for _ in range(each.level - 1):
        folder = folder.parent
    yield from within(folder.parent, folder.name)
    for name in each.candidates:
        yield from within(folder, name) if name else ()


def _with_paths(project: Project, tree: ast.Module, path: Path) -> Project:
    """The same project, with the folders that a module puts on sys.path itself."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and dotted(node.func) in PATH_CHANGES]
    if not calls:
        return project
    known = Literals.of(tree, path)
    added: list[Path] = []
    for call in calls:
        place = PATH_CHANGES[dotted(call.func)]
        value = known.path(call.args[place]) if len(call.args) > place else None
        if value and (path.parent / value).is_dir():
            added.append(path.parent / value)
    return project.reading(*added)


def _attributes(tree: ast.Module) -> set[str]:
    """`a.b.c` of every module `a` that is imported by its own name."""
    nodes = list(ast.walk(tree))
    imported = {alias.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names = (dotted(node) for node in nodes if isinstance(node, ast.Attribute))
    return {name for name in names if name.partition(".")[0] in imported}


def _listed(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(dotted(target) == "__all__" for target in node.targets):
            parts = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []
            yield from (str(part.value) for part in parts if isinstance(part, ast.Constant))
