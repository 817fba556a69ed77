"""A module and a name in it that somebody has chosen, rather than we."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.entries.candidates import entry_of, plain
from tampu.facts.entries.making import WELL_KNOWN, Making
from tampu.values import replace

if TYPE_CHECKING:
    from tampu.facts.entries.model import Entry
    from tampu.facts.entries.modules import Module, Modules
    from tampu.facts.entries.scope import Binding

MOST_SHOWN = 6


def chosen(modules: Modules, module: Module, name: str) -> Entry | None:
    """`name` may be dotted; None if the module has no such name."""
    own, _, attribute = name.partition(".")
    if not _has(modules, module, own):
        return None
    bound = Making(modules=modules).of(module, own)
    bindings = module.scope.bindings.get(own)
    found = plain(module, own, bound[0].line if bound else bindings[-1].line if bindings else 1).entry
    if bound:
        found = entry_of(module, own, bound[0].line, bound[1])
    return replace(found, app=f"{module.name}:{name}", factory=False) if attribute else found


def well_known(modules: Modules, module: Module) -> Entry | None:
    """Its `application`, or else its `app`."""
    likely = sorted(WELL_KNOWN, key=lambda name: name not in module.scope.bindings)
    return next((entry for name in likely if (entry := chosen(modules, module, name))), None)


def names_of(module: Module) -> tuple[str, ...]:
    """Those that a module makes itself, or else those that it imports."""
    bindings = module.scope.bindings
    own = tuple(name for name in bindings if not bindings[name][-1].imported)
    return (own or tuple(bindings))[:MOST_SHOWN]


def what_is_there(module: Module) -> str:
    return ", ".join(names_of(module)) or "no names at all"


def _has(modules: Modules, module: Module, name: str) -> bool:
    """Where names come from a place that can't be read, any name may."""
    bindings = module.scope.bindings
    if "__getattr__" in bindings or any(not _is_module(modules, module, each) for each in bindings.get(name, ())):
        return True
    stars = [modules.find(star, module.root) for star in module.scope.stars]
    return any(star is None or name in star.scope.bindings for star in stars)


def _is_module(modules: Modules, module: Module, binding: Binding) -> bool:
    """Whether an import brings a module of the app, which answers nothing itself."""
    if binding.module or not any(modules.places(binding.imported, module.root)):
        return binding.module
    parent, _, own = binding.imported.rpartition(".")
    package = modules.find(parent, module.root) if parent else None
    return not (package and own in package.scope.bindings)
