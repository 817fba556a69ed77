"""The files that a module reads and writes, as far as its text tells."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.facts.entries.files import inside, is_file, is_folder
from tampu.remote.found.conditions import dotted
from tampu.remote.found.literals import ANYTHING, Literals
from tampu.remote.found.openers import (
    BOTH,
    DESCENDS,
    FUNCTIONS,
    IN_PACKAGES,
    LISTS,
    METHODS,
    MODE,
    READS,
    RUNS,
    SECOND,
    STARTS,
    WRITES,
)
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tampu.remote.found.tree import Project

NO_DATA = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
SYSTEM = ("/proc/", "/dev/", "/sys/", "/etc/", "/usr/", "/tmp/", "/var/", "/run/")  # noqa: S108 - looked at only
Use = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """`why` is the place that names it, `lies` whether it is in the project at all; `starts` that it is run.

    `whole` is for a path that is written out from the top, as it is on this machine alone.
    """

    path: Path
    reads: bool
    writes: bool
    why: str
    lies: bool = True
    starts: bool = False
    whole: bool = False


def data_files(project: Project, cwd: Path, tree: ast.Module, file: Path) -> Iterator[DataFile]:
    known = Literals.of(tree, file)
    tops = tuple(_tops(project, cwd, tree))
    for node in ast.walk(tree):
        for value, what in _uses(node, known) if isinstance(node, ast.Call) else ():
            why = f"{project.shown(file)}:{getattr(node, 'lineno', 0)}"
            reads, writes = what != WRITES, what in {WRITES, BOTH}
            for path in _paths(cwd, value, what):
                lies, starts = _lies(project, cwd, path), what == STARTS
                whole = bool(tops) and value.startswith(tops)
                yield DataFile(path=path, reads=reads, writes=writes, why=why, lies=lies, starts=starts, whole=whole)


def _tops(project: Project, cwd: Path, tree: ast.Module) -> Iterator[str]:
    """Constants that lead into the project from the top of this machine."""
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and text.startswith("/") and _lies(project, cwd, Path(text)):
            yield text


def named(project: Project, cwd: Path, words: Sequence[str]) -> Iterator[DataFile]:
    """What of a script's own arguments is a file or a folder."""
    for word in words:
        value = word.partition("=")[2] if word.startswith("-") else word
        for path in _paths(cwd, value, DESCENDS) if value and ANYTHING not in value else ():
            yield DataFile(
                path=path, reads=True, writes=False, why=f"the argument {word}", lies=_lies(project, cwd, path)
            )


def gathered(found: Iterable[DataFile]) -> tuple[DataFile, ...]:
    """Each file once, for the first reason; of what lies outside, only what a user may miss."""
    known: dict[Path, DataFile] = {}
    for each in found:
        before = known.setdefault(each.path, each)
        known[each.path] = replace(before, reads=before.reads or each.reads, writes=before.writes or each.writes)
    wanted = (each for each in known.values() if each.lies or not str(each.path).startswith(SYSTEM))
    return tuple(sorted(wanted, key=lambda each: each.path))


def _uses(call: ast.Call, known: Literals) -> Iterator[Use]:
    name = dotted(call.func)
    tail = call.func.attr if isinstance(call.func, ast.Attribute) else name
    if name in RUNS and call.args and isinstance(call.args[0], ast.List | ast.Tuple):
        yield from ((value, STARTS) for word in call.args[0].elts if (value := known.path(word)))
    elif tail in {"glob", "rglob"} and isinstance(call.func, ast.Attribute) and name not in FUNCTIONS:
        yield from _globs(call, call.func, known)
    elif any(name.endswith(each) for each in IN_PACKAGES) and len(call.args) > 1:
        folder = known.path(ast.Call(ast.Name("files", ast.Load()), [call.args[0]], []))
        value = known.path(call.args[1])
        yield from ((f"{folder}/{value}", READS) for _ in (1,) if folder and value)
    else:
        position, what = FUNCTIONS.get(name) or (METHODS.get(tail) if "." in name or tail != name else None) or (0, "")
        yield from _at(call, position, what, known) if what else ()
        yield from ((value, WRITES) for word in call.args[1:2] if name in SECOND and (value := known.path(word)))


def _at(call: ast.Call, position: int, what: str, known: Literals) -> Iterator[Use]:
    mode_at = 0 if position < 0 else 1
    if position < 0:
        words = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    else:
        named_so = [each.value for each in call.keywords if each.arg in {"file", "path", "filename", "fname"}]
        words = call.args[position : position + 1] or named_so
    for word in [part for each in words for part in (each.elts if isinstance(each, ast.List) else [each])]:
        value = known.path(word)
        if value and "://" not in value:
            yield value, _by_mode(call, mode_at) if what == MODE else what


def _globs(call: ast.Call, func: ast.Attribute, known: Literals) -> Iterator[Use]:
    folder, pattern = known.path(func.value), known.path(call.args[0]) if call.args else None
    if folder is not None and pattern:
        yield f"{folder or '.'}/{'**/' if func.attr == 'rglob' else ''}{pattern}", READS


def _by_mode(call: ast.Call, position: int) -> str:
    words = [each.value for each in call.keywords if each.arg == "mode"] or call.args[position : position + 1]
    mode = words[0].value if words and isinstance(words[0], ast.Constant) else "r"
    if not isinstance(mode, str) or not set(mode) & set("wax+"):
        return READS
    return BOTH if set(mode) & set("a+") else WRITES


def _paths(cwd: Path, value: str, what: str) -> Iterator[Path]:
    """What is there of it; and what is to be written, there or not."""
    if ANYTHING in value or (what == READS and "?" in value):
        yield from _matching(cwd, value)
        return
    path = cwd / value
    try:
        place = Path(*path.parts[:1], *_plain(path.parts[1:]))
        if what == WRITES or is_file(place):
            yield from (place,) if not is_folder(place) else ()
        elif is_folder(place) and what in {LISTS, DESCENDS, READS}:
            inner = [each for each in _below(place, deep=what != LISTS) if is_file(each)]
            yield from inner or (place,)
    except (OSError, ValueError):
        return


def _plain(parts: Iterable[str]) -> list[str]:
    """Without `..`, as a shell would read it."""
    found: list[str] = []
    for part in parts:
        if part == "..":
            del found[-1:]
        else:
            found.append(part)
    return found


def _matching(cwd: Path, value: str) -> Iterator[Path]:
    """Only below a folder that is named: else anything at all might match."""
    start = value.partition(ANYTHING)[0].rpartition("/")[0]
    if start and "?" not in start and is_folder(cwd / start):
        pattern = value[len(start) + 1 :]
        try:
            yield from sorted(each for each in (cwd / start).glob(pattern) if is_file(each))
        except (OSError, ValueError, NotImplementedError):
            return


def _below(folder: Path, *, deep: bool) -> Iterator[Path]:
    for each in inside(folder):
        if not is_folder(each):
            yield each
        elif deep and each.name not in NO_DATA and not is_file(each / "pyvenv.cfg"):
            yield from _below(each, deep=True)


def _lies(project: Project, cwd: Path, path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in (project.root, cwd))
