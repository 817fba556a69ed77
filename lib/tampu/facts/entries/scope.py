"""Which names a module or a function binds, and to what, as far as its text tells."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A name gets a value, an import (`imported` is its dotted name, `module` that it is one), or what nobody knows."""

    name: str
    line: int
    value: ast.expr | Function | ast.ClassDef | None = None
    imported: str = ""
    module: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`stars` are the modules that all names are imported of; `mounted` the names that were given to `x.mount(…)`."""

    bindings: Mapping[str, Sequence[Binding]]
    stars: tuple[str, ...] = ()
    mounted: frozenset[str] = field(default=frozenset())


def scope(body: Sequence[ast.stmt], package: str) -> Scope:
    bindings: dict[str, list[Binding]] = {}
    stars: list[str] = []
    mounted: set[str] = set()
    for statement in statements(body):
        for binding in _bound(statement, package):
            bindings.setdefault(binding.name, []).append(binding)
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            stars.append(_origin(statement, package))
        mounted |= _mounted(statement)
    return Scope(bindings=bindings, stars=tuple(stars), mounted=frozenset(mounted))


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """In their order, those in blocks too; not those in functions, classes and what only a script runs."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting.extend(reversed(_inner(node)))


def _inner(node: ast.AST) -> list[ast.AST]:
    skipped = ("body",) if isinstance(node, ast.If) and _never_imported(node.test) else ()
    blocks = [getattr(node, block, []) for block in BLOCKS if block not in skipped]
    return [inner for block in blocks for inner in block]


def _never_imported(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq):
        return any(
            isinstance(each, ast.Constant) and each.value == "__main__" for each in (test.left, *test.comparators)
        )
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _bound(statement: ast.stmt, package: str) -> Iterator[Binding]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _targets(target, statement.value, statement.lineno)
    elif isinstance(statement, ast.AnnAssign):
        if statement.value is not None:
            yield from _targets(statement.target, statement.value, statement.lineno)
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield Binding(name=statement.name, line=statement.lineno, value=statement)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars, None, statement.lineno)
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from _imports(statement, package)


def _targets(target: ast.expr, value: ast.expr | None, line: int) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield Binding(name=target.id, line=line, value=value)
    elif isinstance(target, ast.Tuple | ast.List):
        for name in (each.id for each in target.elts if isinstance(each, ast.Name)):
            yield Binding(name=name, line=line)


def _imports(statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[Binding]:
    line = statement.lineno
    if isinstance(statement, ast.ImportFrom):
        origin = _origin(statement, package)
        for alias in statement.names:
            if alias.name != "*":
                yield Binding(name=alias.asname or alias.name, line=line, imported=f"{origin}.{alias.name}")
        return
    for alias in statement.names:
        top = alias.name.partition(".")[0]
        yield Binding(name=alias.asname or top, line=line, imported=alias.name if alias.asname else top, module=True)


def _origin(statement: ast.ImportFrom, package: str) -> str:
    """The module that is imported from; a dot more is a package further up."""
    if not statement.level:
        return statement.module or ""
    parts = package.split(".") if package else []
    above = parts[: max(0, len(parts) - statement.level + 1)]
    return ".".join([*above, *([statement.module] if statement.module else [])])


def _mounted(statement: ast.stmt) -> set[str]:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "mount":
        return set()
    return {each.id for each in (*call.args, *(word.value for word in call.keywords)) if isinstance(each, ast.Name)}
