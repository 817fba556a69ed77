"""Where the names that an expression uses come from: a scope, another module of the app, or a package."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tampu.facts.entries.frameworks import maker
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.facts.entries.modules import Module, Modules
    from tampu.facts.entries.scope import Function, Scope

# From module to module: imports may lead in a circle.
MOST_HOPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an expression stands: its scopes, the innermost first, and which binding of a name it is the value of."""

    module: Module
    scopes: tuple[Scope, ...]
    line: int
    name: str = ""
    before: int = 0

    @property
    def origin(self) -> str:
        return f"{self.module.path}:{self.line}"


def top(module: Module, line: int = 1) -> Place:
    return Place(module=module, scopes=(module.scope,), line=line)


def qualified(node: ast.expr, place: Place) -> str:
    """The whole dotted name of what is imported; empty for what is not."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    names = [".".join([origin, *parts]) for origin in _origins(node.id, place)]
    return next((name for name in names if maker(name)), next(iter(names), ""))


def _origins(name: str, place: Place) -> Iterator[str]:
    for scope in place.scopes:
        bindings = scope.bindings.get(name, ())
        yield from (binding.imported for binding in reversed(bindings) if binding.imported)
        if bindings:
            return
    yield from (f"{star}.{name}" for star in place.module.scope.stars)


def located(name: str, place: Place, modules: Modules) -> tuple[Module, str] | None:
    """The module of the app that a dotted name is in, and the name there."""
    parent, _, own = name.rpartition(".")
    module = modules.find(parent, place.module.root) if parent else None
    return (module, own) if module else None


def definition(node: ast.expr, place: Place, modules: Modules) -> tuple[Function | ast.ClassDef, Place] | None:
    """The function or class of the app that an expression names, and where it stands."""
    if isinstance(node, ast.Name):
        own = next((_defined(node.id, scope, place) for scope in place.scopes if node.id in scope.bindings), None)
        if own:
            return own
    name, at = qualified(node, place), place
    for _ in range(MOST_HOPS):
        found = located(name, at, modules)
        if not found:
            return None
        module, own_name = found
        at = top(module)
        there = _defined(own_name, module.scope, at)
        if there:
            return there
        name = next(_origins(own_name, at), "")
    return None


def _defined(name: str, scope: Scope, place: Place) -> tuple[Function | ast.ClassDef, Place] | None:
    for binding in reversed(scope.bindings.get(name, ())):
        if isinstance(binding.value, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return binding.value, top(place.module, binding.line)
    return None
