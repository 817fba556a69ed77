"""The app's modules, parsed and never imported."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries import files
from tampu.facts.entries.files import INIT, TOP, is_file, is_folder, join
from tampu.facts.entries.frameworks import outspoken, telling
from tampu.facts.entries.newer import NEWER, body_of
from tampu.facts.entries.scope import Scope, scope
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.values import dataclass, field

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SRC = "src"


class Unparsable(TampuError):
    reason = "entry::unparsable"

    def __init__(self, path: str, line: int, lines: Sequence[str]) -> None:
        number = min(max(line, 1), len(lines))
        super().__init__(
            title=f"{path} is not valid Python",
            found=f"line {number}: {excerpt(lines[number - 1], SENTENCE)}",
            expected="Python 3, in the file that is to say what answers requests",
            todo=(
                f"Mend that line of {path}, commit it and build again. This shows what is wrong with it:\n\n"
                f"    python3 -m py_compile {path}"
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """`root` is the folder that must be on sys.path for `name` to be found; all paths are from the approot."""

    name: str
    path: str
    root: str
    lines: Sequence[str]
    scope: Scope

    @property
    def package(self) -> str:
        return package_of(self.name, self.path)

    def evidence(self, line: int) -> str:
        return f"{self.path}:{line}: {excerpt(self.lines[line - 1], SENTENCE)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules:
    """`roots` are the folders that the app's own imports may start from, `others` statements that may be odd here."""

    folder: Path
    roots: tuple[str, ...]
    others: re.Pattern[bytes] = NEWER
    known: dict[str, Module | Unparsable | None] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, more: Sequence[str] = (), others: re.Pattern[bytes] = NEWER) -> Modules:
        """`src` is a root, unless it is a package."""
        src = (SRC,) if is_folder(folder / SRC) and not is_file(folder / SRC / INIT) else ()
        return cls(folder=folder, roots=tuple(dict.fromkeys((TOP, *src, *more))), others=others)

    def find(self, name: str, first: str = TOP) -> Module | None:
        """By its dotted name; None if there is none that can be read."""
        path = next(self.places(name, first), None)
        try:
            return self.at(path) if path else None
        except Unparsable:
            return None

    def places(self, name: str, first: str = TOP) -> Iterator[str]:
        """The files of that module, the likeliest first."""
        if all(part.isidentifier() for part in name.split(".")):
            inner = name.replace(".", "/")
            for root in dict.fromkeys((first, *self.roots)):
                paths = (join(root, f"{inner}/{INIT}"), join(root, f"{inner}.py"))
                yield from (path for path in paths if is_file(self.folder / path))

    def at(self, path: str) -> Module | None:
        """None if it can't be what answers requests, which most modules need not be parsed for."""
        return self.parsed(path) if telling(files.read(self.folder / path) or b"") else None

    def parsed(self, path: str) -> Module | None:
        """None if it can't be read, or is larger than anything that people write."""
        if path not in self.known:
            data = files.read(self.folder / path)
            self.known[path] = None if data is None else _parsed(self, path, data)
        found = self.known[path]
        if isinstance(found, Unparsable):
            raise found
        return found

    def names_a_framework(self, path: str) -> bool:
        return outspoken(files.read(self.folder / path) or b"")


def _parsed(modules: Modules, path: str, data: bytes) -> Module | Unparsable:
    lines = files.lines(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = body_of(data, modules.others)
    except SyntaxError as error:
        return Unparsable(path, error.lineno or 1, lines)
    except (ValueError, RecursionError, MemoryError):
        return Unparsable(path, 1, lines)
    root = files.root_of(modules.folder, path, modules.roots, body)
    name = files.dotted(path, root)
    return Module(name=name, path=path, root=root, lines=lines, scope=scope(body, package_of(name, path)))


def package_of(name: str, path: str) -> str:
    """What a dot stands for in an import of that module."""
    return name if path.endswith(INIT) else name.rpartition(".")[0]
