"""Everything that a module may import, and under what circumstances."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tampu.remote.found.conditions import both, dotted, sides
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
ENDS = frozenset({"sys.exit", "exit", "quit", "os._exit", "pytest.skip"})
BY_NAME = frozenset({"__import__", "importlib.import_module", "import_module", "runpy.run_module", "run_module"})
IF_THERE = frozenset({"importlib.util.find_spec", "find_spec", "pytest.importorskip"})
Handlers = list[ast.ExceptHandler]
Waiting = list[tuple[ast.AST, "Import"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`level` is the number of dots in front. `begins` is all that is known of a name made up when it runs.

    It counts only where its `marker` holds, and if it has `instead_of`, only where one of these is not to be had.
    """

    line: int
    module: str = ""
    names: tuple[str, ...] = ()
    level: int = 0
    optional: bool = False
    marker: str = ""
    instead_of: tuple[str, ...] = ()
    begins: bool = False

    @property
    def candidates(self) -> tuple[str, ...]:
        """The dotted names that may be modules: any name may be one, or something in one."""
        known = [name for name in self.names if name != "*"]
        return tuple(".".join(filter(None, (self.module, name))) for name in known) or (self.module,)


def imports_of(tree: ast.Module) -> tuple[Import, ...]:
    waiting: Waiting = [(tree, Import(line=0))]
    found: list[Import] = []
    while waiting:
        node, so_far = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            found.extend(_stated(node, so_far))
        waiting.extend(_inner(node, so_far))
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.line))


def _stated(node: ast.Import | ast.ImportFrom | ast.Call, so_far: Import) -> Iterator[Import]:
    here = replace(so_far, line=node.lineno)
    if isinstance(node, ast.Import):
        yield from (replace(here, module=alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        yield replace(here, module=node.module or "", names=names, level=node.level)
    elif node.args:
        name = dotted(node.func)
        if name in BY_NAME or name in IF_THERE:
            yield from _by_name(node.args[0], replace(here, optional=here.optional or name in IF_THERE))


def _by_name(word: ast.expr, here: Import) -> Iterator[Import]:
    if isinstance(word, ast.Constant) and isinstance(word.value, str):
        name = word.value.lstrip(".")
        if all(part.isidentifier() for part in name.split(".")):
            yield replace(here, module=name, level=len(word.value) - len(name))
        return
    start = word.values[0] if isinstance(word, ast.JoinedStr) and word.values else word
    if isinstance(word, ast.BinOp) and isinstance(word.op, ast.Add):
        start = word.left
    if start is not word and isinstance(start, ast.Constant) and isinstance(start.value, str):
        package, dot, _ = start.value.rpartition(".")
        if dot and package and all(part.isidentifier() for part in package.split(".")):
            yield replace(here, module=package, begins=True)


def _inner(node: ast.AST, so_far: Import) -> Waiting:
    if isinstance(node, ast.If):
        yes, no = sides(node.test)
        return [
            (node.test, so_far),
            *_where(node.body, yes, so_far),
            *_where(node.orelse, no, so_far),
        ]
    # TryStar has another class, and the same parts.
    handlers: Handlers = getattr(node, "handlers", [])
    if handlers:
        return _tried(node, handlers, so_far)
    if isinstance(node, ast.With) and any(_suppresses(item.context_expr) for item in node.items):
        return [(child, replace(so_far, optional=True)) for child in ast.iter_child_nodes(node)]
    return [(child, so_far) for child in ast.iter_child_nodes(node)]


def _where(body: Sequence[ast.stmt], marker: str | None, so_far: Import) -> Waiting:
    if marker is None:
        return []
    where = replace(so_far, marker=both([so_far.marker, marker]) or "")
    return [(statement, where) for statement in body]


def _tried(node: ast.AST, handlers: Handlers, so_far: Import) -> Waiting:
    """What is imported when another import fails is only needed then; one that may fail is optional."""
    body, orelse, finalbody = (getattr(node, part, []) for part in ("body", "orelse", "finalbody"))
    catching = [handler for handler in handlers if _catches(handler.type)]
    if not catching:
        return [(child, so_far) for child in ast.iter_child_nodes(node)]
    needed = all(_gives_up(handler.body) for handler in catching)
    tried = so_far if needed else replace(so_far, optional=True)
    wanted = tuple(name for each in _within(body) for name in each.candidates if not each.level)
    instead = replace(so_far, instead_of=(*so_far.instead_of, *wanted)) if wanted else so_far
    return [
        *((statement, tried) for statement in (*body, *orelse)),
        *((each, instead if each in catching else so_far) for each in handlers),
        *((statement, so_far) for statement in finalbody),
    ]


def _within(body: Sequence[ast.stmt]) -> Iterator[Import]:
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from _stated(statement, Import(line=0))


def _catches(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_catches(each) for each in kind.elts)
    return kind is None or dotted(kind).rpartition(".")[2] in CAUGHT


def _gives_up(body: Sequence[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return dotted(last.value.func) in ENDS
    return isinstance(last, ast.Raise)


def _suppresses(node: ast.expr) -> bool:
    named = isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "suppress"
    return named and isinstance(node, ast.Call) and any(_catches(each) for each in node.args)
