"""What can be read off our modules without running them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "lib" / "tampu"
# What new projects are made of is no part of the house.
FOR_OTHERS = "create/projects/"


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a module imports, in full; `inner` within a function, `typing` for type checkers only."""

    name: str
    line: int
    inner: bool
    typing: bool

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]

    def within(self, name: str) -> bool:
        return f"{self.name}.".startswith(f"{name}.")


@dataclass(frozen=True)
class Module:
    """A file of ours; `path` is relative to the package."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self.tree.body, self._package, inner=False, typing=False))

    @cached_property
    def dotted(self) -> tuple[tuple[str, int], ...]:
        """Each `a.b` in it and its line."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Attribute))
        return tuple((ast.unparse(node), node.lineno) for node in nodes)

    @property
    def area(self) -> str:
        first = self.path.partition("/")[0].removesuffix(".py")
        return "" if first == "__init__" else first

    @property
    def _package(self) -> str:
        return ".".join(("tampu", *Path(self.path).parts[:-1]))

    def in_any(self, places: tuple[str, ...]) -> bool:
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)


def modules(package: Path = PACKAGE) -> Iterator[Module]:
    found = {str(path.relative_to(package)): path for path in sorted(package.rglob("*.py"))}
    return (Module(name, path.read_text("utf-8")) for name, path in found.items() if not name.startswith(FOR_OTHERS))


def _imports(body: list[ast.stmt], package: str, *, inner: bool, typing: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(name.name, node.lineno, inner, typing) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = _start(node, package)
            yield from (Import(f"{start}.{name.name}", node.lineno, inner, typing) for name in node.names)
        else:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            blocks = (getattr(node, name, []) for name in ("body", "orelse", "finalbody", "handlers", "cases"))
            children = [child for block in blocks for child in block]
            yield from _imports(children, package, inner=inner or function, typing=typing or for_types)


def _start(node: ast.ImportFrom, package: str) -> str:
    """What the names are imported from, in full."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join((*above, *([node.module] if node.module else [])))
