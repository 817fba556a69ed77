"""The names of one module that may be what answers requests."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tampu.facts.entries.making import WELL_KNOWN
from tampu.facts.entries.model import Entry, Kind, Made
from tampu.values import dataclass

if TYPE_CHECKING:
    from tampu.facts.entries.making import Making
    from tampu.facts.entries.modules import Module
    from tampu.facts.entries.scope import Binding

FACTORIES = ("create_app", "make_app", "get_app", "app_factory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    module: Module
    name: str
    line: int
    made: Made

    @property
    def factory(self) -> bool:
        """Whether it is a function that makes one, rather than one."""
        return self.made.called and not self.made.attribute

    @property
    def well_named(self) -> bool:
        return self.name in WELL_KNOWN or self.name == FACTORIES[0]

    @property
    def entry(self) -> Entry:
        return entry_of(self.module, self.name, self.line, self.made)


def entry_of(module: Module, name: str, line: int, made: Made) -> Entry:
    attribute = f"{name}.{made.attribute}" if made.attribute else name
    return Entry(
        kind=made.kind,
        app=f"{module.name}:{attribute}",
        factory=made.called,
        path=(module.root,),
        evidence=module.evidence(line),
    )


def candidates(module: Module, making: Making) -> tuple[Candidate, ...]:
    """One if the module leaves no doubt, all if it does."""
    found: dict[str, Candidate] = {}
    inner: set[str] = set(module.scope.mounted)
    for name in module.scope.bindings:
        bound = making.of(module, name)
        if bound and _may_answer(*bound):
            found[name] = Candidate(module=module, name=name, line=bound[0].line, made=bound[1])
            inner |= _mentioned(bound[0]) - {name}
    outer = {name: each for name, each in found.items() if name not in inner} or found
    whole = {name: each for name, each in outer.items() if not each.factory} or outer
    best = next((whole[name] for name in (*WELL_KNOWN, *FACTORIES) if name in whole), None)
    return (best,) if best else tuple(whole.values())


def plain(module: Module, name: str, line: int) -> Candidate:
    """What nobody knows, and its author calls it so: of the two protocols, the one that came first."""
    kind = Kind.ASGI if module.path.endswith("asgi.py") else Kind.WSGI
    return Candidate(module=module, name=name, line=line, made=Made(kind=kind, origin=f"{module.path}:{line}"))


def _may_answer(binding: Binding, made: Made) -> bool:
    """Functions answer under the names that servers look for; others are parts of something bigger."""
    if isinstance(binding.value, ast.FunctionDef | ast.AsyncFunctionDef):
        return binding.name in (FACTORIES if made.called else WELL_KNOWN)
    return not made.called or bool(made.attribute)


def _mentioned(binding: Binding) -> set[str]:
    if not isinstance(binding.value, ast.expr):
        return set()
    return {node.id for node in ast.walk(binding.value) if isinstance(node, ast.Name)}
