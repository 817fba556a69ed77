"""What the names of the app's modules are bound to, as far as it answers requests."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tampu.facts.entries import signatures
from tampu.facts.entries.definitions import Place, definition, located, qualified, top
from tampu.facts.entries.frameworks import METHODS, OBJECTS, Maker, maker
from tampu.facts.entries.model import Kind, Made
from tampu.facts.entries.scope import scope, statements
from tampu.values import dataclass, field, replace

if TYPE_CHECKING:
    from tampu.facts.entries.modules import Module, Modules
    from tampu.facts.entries.scope import Binding, Function, Scope

WELL_KNOWN = ("application", "app")
RESULT = "return"
# What is wrapped by a class that nobody knows still answers, where the result has one of these names.
WRAPPED = frozenset({*WELL_KNOWN, RESULT})
PARTS = {"wsgi_app": Kind.WSGI, "wsgi": Kind.WSGI, "asgi_app": Kind.ASGI, "asgi": Kind.ASGI}


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """`known` is what was asked before, and `kept` keeps the scopes that its keys are the addresses of."""

    modules: Modules
    known: dict[tuple[int, str, int], Made | None] = field(default_factory=dict)
    kept: list[Scope] = field(default_factory=list)

    def of(self, module: Module, name: str) -> tuple[Binding, Made] | None:
        """The last binding of that name that answers requests, as far as the app's text tells."""
        try:
            return self._bound(name, top(module), 0)
        except RecursionError:
            return None

    def _bound(self, name: str, place: Place, depth: int) -> tuple[Binding, Made] | None:
        """In the scope at that depth; the value of a binding knows only what was bound before it."""
        inner = place.scopes[depth]
        bindings = inner.bindings.get(name, ())
        last = place.before if name == place.name and depth == 0 else len(bindings)
        for number in reversed(range(last)):
            key, binding = (id(inner), name, number), bindings[number]
            if key not in self.known:
                self.known[key] = None
                at = replace(place, scopes=place.scopes[depth:], line=binding.line, name=name, before=number)
                self.known[key] = self._made(binding, at)
            made = self.known[key]
            if made:
                return binding, made
        return None

    def _made(self, binding: Binding, place: Place) -> Made | None:
        value = binding.value
        if binding.imported:
            return self._elsewhere(binding.imported, place)
        if isinstance(value, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._function(value, place)
        return self._value(value, place) if isinstance(value, ast.expr) else None

    def _elsewhere(self, name: str, place: Place) -> Made | None:
        found = located(name, place, self.modules)
        if found:
            return self._name(found[1], top(found[0]))
        return Made(kind=OBJECTS[name].kind, origin=name) if name in OBJECTS else None

    def _name(self, name: str, place: Place) -> Made | None:
        for depth, inner in enumerate(place.scopes):
            if name in inner.bindings:
                found = self._bound(name, place, depth)
                return found[1] if found else None
        starred = (self._elsewhere(f"{star}.{name}", place) for star in place.module.scope.stars)
        return next((made for made in starred if made), None)

    def _function(self, function: Function, place: Place) -> Made | None:
        kind = signatures.protocol(function)
        if kind:
            return Made(kind=kind, origin=place.origin)
        if not signatures.factory(function):
            return None
        made = self._returned(function, place)
        return Made(kind=made.kind, origin=place.origin, called=True) if made and _plain(made) else None

    def _returned(self, function: Function, place: Place) -> Made | None:
        key = (id(function), RESULT, 0)
        if key not in self.known:
            self.known[key] = None
            own = scope(function.body, place.module.package)
            self.kept.append(own)
            inside = Place(module=place.module, scopes=(own, *place.scopes), line=place.line, name=RESULT)
            values = [each.value for each in statements(function.body) if isinstance(each, ast.Return)]
            makings = (self._value(value, inside) for value in (*values, _promised(function)) if value)
            self.known[key] = next((made for made in makings if made), None)
        return self.known[key]

    def _value(self, node: ast.expr, place: Place) -> Made | None:
        if isinstance(node, ast.Call):
            return self._call(node, place)
        if isinstance(node, ast.Name):
            return self._name(node.id, place)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, place)
        if isinstance(node, ast.Lambda):
            kind = signatures.protocol(node)
            return Made(kind=kind, origin=place.origin) if kind else None
        makings = (self._value(each, place) for each in _alternatives(node))
        return next((made for made in makings if made), None)

    def _call(self, node: ast.Call, place: Place) -> Made | None:
        method = METHODS.get(node.func.attr) if isinstance(node.func, ast.Attribute) else None
        known = method or maker(qualified(node.func, place)) or self._defined(node.func, place)
        if known:
            return Made(kind=known.kind, origin=place.origin, attribute=known.attribute, called=known.called)
        if place.name not in WRAPPED:
            return None
        given = (self._value(each, place) for each in (*node.args, *(word.value for word in node.keywords)))
        return next((replace(made, origin=place.origin) for made in given if made and _plain(made)), None)

    def _defined(self, node: ast.expr, place: Place) -> Maker | None:
        """What calling a function or a class of the app itself gives."""
        found = definition(node, place, self.modules)
        if not found:
            return None
        if isinstance(found[0], ast.ClassDef):
            return self._class(found[0], found[1])
        made = self._returned(found[0], found[1])
        return Maker(kind=made.kind, attribute=made.attribute, called=made.called) if made else None

    def _class(self, node: ast.ClassDef, place: Place) -> Maker | None:
        kind = signatures.instance(node)
        if kind:
            return Maker(kind=kind)
        known = (maker(qualified(base, place)) or self._base(base, place) for base in node.bases)
        return next((each for each in known if each), None)

    def _base(self, base: ast.expr, place: Place) -> Maker | None:
        found = definition(base, place, self.modules)
        return self._class(found[0], found[1]) if found and isinstance(found[0], ast.ClassDef) else None

    def _attribute(self, node: ast.Attribute, place: Place) -> Made | None:
        whole = self._elsewhere(qualified(node, place), place)
        if whole:
            return whole
        made = self._value(node.value, place)
        if made and made.attribute:
            return replace(made, attribute="") if made.attribute == node.attr else None
        return replace(made, kind=PARTS[node.attr]) if made and node.attr in PARTS else None


def _plain(made: Made) -> bool:
    return not made.called and not made.attribute


def _promised(function: Function) -> ast.expr | None:
    """As if what the function says that it returns were called: a class, most often."""
    return ast.Call(func=function.returns, args=[], keywords=[]) if function.returns else None


def _alternatives(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, ast.NamedExpr) else []
