"""Paths that can be told from a module's text: constants, what they are joined of, and names that get them once."""

from __future__ import annotations

import ast
import posixpath
from collections import Counter
from typing import TYPE_CHECKING

from tampu.remote.found.conditions import dotted
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DEEPEST = 30
ANYTHING = "*"
PURE = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath"})
SAME = frozenset({"abspath", "realpath", "normpath", "fspath", "str", "fsdecode"})
HERE = frozenset({"os.getcwd", "Path.cwd", "pathlib.Path.cwd", "os.curdir"})
RESOURCES = frozenset({"importlib.resources.files", "resources.files", "files"})
KEEPING = frozenset({"resolve", "absolute", "as_posix", "strip", "__str__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Literals:
    """`values` are of names that are bound once in the whole module."""

    file: Path
    values: Mapping[str, ast.expr]

    @classmethod
    def of(cls, tree: ast.Module, file: Path) -> Literals:
        nodes = list(ast.walk(tree))
        bound = Counter(node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
        bound.update(node.arg for node in nodes if isinstance(node, ast.arg))
        values: dict[str, ast.expr] = {}
        for node in nodes:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and isinstance(targets[0], ast.Name):
                values[targets[0].id] = node.value
        return cls(file=file, values={name: value for name, value in values.items() if bound[name] == 1})

    def path(self, node: ast.expr, depth: int = 0) -> str | None:
        """Absolute, or from the folder that the script is started in; `*` stands for what only a run can tell."""
        ways = self.ways.items() if depth <= DEEPEST else ()
        found = next((way(node, depth) for kind, way in ways if isinstance(node, kind)), None)
        return None if found is None or "\0" in found else found

    @property
    def ways(self) -> Mapping[type[ast.expr], Callable[..., str | None]]:
        return {
            ast.Constant: lambda node, _: node.value if isinstance(node.value, str) else None,
            ast.Name: self._named,
            ast.JoinedStr: lambda node, depth: "".join(self._part(part, depth) for part in node.values),
            ast.BinOp: self._joined,
            ast.Attribute: self._above,
            ast.Subscript: self._above,
            ast.Call: self._called,
        }

    def _named(self, node: ast.Name, depth: int) -> str | None:
        if node.id == "__file__":
            return str(self.file)
        return self.path(self.values[node.id], depth + 1) if node.id in self.values else None

    def _part(self, part: ast.expr, depth: int) -> str:
        inner = part.value if isinstance(part, ast.FormattedValue) and not part.format_spec else part
        found = self.path(inner, depth + 1)
        return ANYTHING if found is None else found

    def _joined(self, node: ast.BinOp, depth: int) -> str | None:
        left, right = self.path(node.left, depth + 1), self.path(node.right, depth + 1)
        if left is None or (right is None and not isinstance(node.op, ast.Add | ast.Div)):
            return None
        tail = ANYTHING if right is None else right
        if isinstance(node.op, ast.Div):
            return posixpath.join(left, tail)
        return left + tail if isinstance(node.op, ast.Add) else None

    def _above(self, node: ast.Attribute | ast.Subscript, depth: int) -> str | None:
        """`x.parent` and `x.parents[1]`."""
        if isinstance(node, ast.Attribute):
            known = self.path(node.value, depth + 1) if node.attr == "parent" else None
            return None if known is None else posixpath.dirname(known)
        number = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not (isinstance(node.value, ast.Attribute) and node.value.attr == "parents" and isinstance(number, int)):
            return None
        known = self.path(node.value.value, depth + 1)
        for _ in range(number + 1 if known else 0):
            known = posixpath.dirname(known or "")
        return known

    def _called(self, node: ast.Call, depth: int) -> str | None:
        name = dotted(node.func)
        tail = name.rpartition(".")[2]
        words = [self.path(word, depth + 1) for word in node.args]
        if name in HERE:
            return "."
        if name in RESOURCES and len(node.args) == 1:
            return self._package(words[0], node.args[0])
        if name.endswith("path.join") or (tail in PURE and words):
            return posixpath.join(*(ANYTHING if word is None else word for word in words)) if words[0] else None
        if name.endswith("path.dirname") and words:
            return None if words[0] is None else posixpath.dirname(words[0])
        if tail in SAME and words and (name.startswith("os.") or name in {"str", *SAME}):
            return words[0]
        return self._method(node.func, words, depth) if isinstance(node.func, ast.Attribute) else None

    def _method(self, func: ast.Attribute, words: list[str | None], depth: int) -> str | None:
        known = self.path(func.value, depth + 1)
        first = words[0] if words else None
        if known is None or func.attr in KEEPING:
            return known
        changes: dict[str, Callable[[str], str]] = {
            "joinpath": lambda _: posixpath.join(known, *(word or ANYTHING for word in words)),
            "with_name": lambda name: posixpath.join(posixpath.dirname(known), name),
            "with_suffix": lambda suffix: posixpath.splitext(known)[0] + suffix,
        }
        return changes[func.attr](first) if first is not None and func.attr in changes else None

    def _package(self, name: str | None, word: ast.expr) -> str | None:
        """The folder of a package's data, from the top of the packages that this module is in."""
        if dotted(word) in {"__package__", "__name__"}:
            return str(self.file.parent)
        if name is None:
            return None
        folder = self.file.parent
        while (folder / "__init__.py").is_file():
            folder = folder.parent
        return str(folder.joinpath(*name.split(".")))
