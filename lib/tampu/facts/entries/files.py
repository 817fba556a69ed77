"""Files of the app, looked at so that no odd name, link or size is in the way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LARGEST = 1_000_000
TOP = "."
INIT = "__init__.py"


def read(path: Path) -> bytes | None:
    """None without a file, and where it is none that people write."""
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else None
    except OSError:
        return None


def is_file(path: Path) -> bool:
    return _is(path.is_file)


def is_folder(path: Path) -> bool:
    """Links to folders may lead in circles, and are none."""
    return _is(path.is_dir) and not path.is_symlink()


def _is(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:
        return False


def inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def join(root: str, path: str) -> str:
    return path if root == TOP else f"{root}/{path}"


def lines(data: bytes) -> list[str]:
    """As Python counts them."""
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def dotted(path: str, root: str) -> str:
    """The module's name, where `root` is on sys.path."""
    inner = path if root == TOP else path[len(root) + 1 :]
    return inner.removesuffix(f"/{INIT}").removesuffix(".py").replace("/", ".")


def root_of(folder: Path, path: str, roots: Sequence[str], body: Sequence[ast.stmt]) -> str:
    """The folder that must be on sys.path for the module's own imports to be found."""
    root = max((each for each in roots if path.startswith(f"{each}/")), key=len, default=TOP)
    tops, relative = set(_absolute(body)), any(isinstance(each, ast.ImportFrom) and each.level for each in body)
    if root != TOP:
        return TOP if root in tops else root
    beside = path.rpartition("/")[0]
    if not beside or relative or is_file(folder / beside / INIT):
        return TOP
    return beside if any(_only_beside(folder, beside, top) for top in tops) else TOP


def _only_beside(folder: Path, beside: str, name: str) -> bool:
    return is_file(folder / beside / f"{name}.py") and not is_file(folder / f"{name}.py")


def _absolute(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module.partition(".")[0]
