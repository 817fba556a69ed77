"""Where each file of a package stands: its tree's root, the folder to start in, and what links lead to."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.facts.entries.files import is_folder
from tampu.remote.found.walking import Unreadable
from tampu.remote.stores.trees import code_tree
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tampu.remote.packages.needs import Needs
    from tampu.remote.stores.trees import Tree

LONGEST_CHAIN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """`root` is the folder here that the tree is a part of; all places count from it.

    `paths` are the folders that modules come from, beside the script's own.
    """

    root: Path
    tree: Tree
    entry: str
    cwd: str
    paths: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def placed(found: Needs, script: Path, cwd: Path, words: Sequence[str], more: Iterable[Path] = ()) -> Placed:
    """`more` are files to bring along whatever the script's text says."""
    script = plain(script)
    files = [plain(path) for path in (*found.modules, *(each.path for each in found.data if each.reads), *more)]
    root = _root([found.project.root, script, *files], cwd)
    inner = cwd if cwd.is_relative_to(root) else script.parent
    folders = [plain(each.path.parent) for each in found.data if each.writes]
    folders += [plain(cwd / word.rpartition("=")[2]).parent for word in words if "/" in word]
    wanted = [each for each in (inner, *folders) if each.is_relative_to(root) and is_folder(each)]
    tree = tree_of([script, *files], root, wanted)
    paths = (plain(folder) for folder in found.project.folders if folder != script.parent)
    return Placed(
        root=root,
        tree=tree,
        entry=_place(script, root),
        cwd=_place(inner, root),
        paths=tuple(place for path in paths if (place := _there(path, root, tree))),
        told=(
            *((f"it starts in {inner}, as {cwd} is no folder of its project",) if inner != cwd else ()),
            *_lost(found),
        ),
    )


def _lost(found: Needs) -> Iterator[str]:
    """Paths in the text that lead somewhere on this machine only."""
    for each in found.data:
        if each.whole:
            yield f"{each.path} is not found there by its whole path ({each.why}): name it from Path(__file__) on"


def tree_of(paths: Iterable[Path], root: Path, folders: Iterable[Path] = ()) -> Tree:
    """`folders` are wanted even where nothing is in them."""
    known = list(paths)
    places = dict(step for path in known for step in _steps(path, root))
    empty = {_place(each, root) for each in (*known, *folders) if is_folder(each)}
    try:
        return code_tree(places, _lacking(empty, places))
    except OSError as error:
        named = next((place for place, path in places.items() if str(path) == str(error.filename)), str(error.filename))
        raise Unreadable(named, error.strerror or str(error)) from error


def _there(folder: Path, root: Path, tree: Tree) -> str:
    """Its place, if anything of it comes along."""
    place = _place(folder, root) if folder.is_relative_to(root) else ""
    return place if place == "." or any(each.startswith(f"{place}/") for each in tree.items) else ""


def plain(path: Path) -> Path:
    """Without `..`."""
    return Path(os.path.normpath(path))


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _root(paths: Sequence[Path], cwd: Path) -> Path:
    """What has them all; the folder to start in too, where that is above."""
    root = Path(os.path.commonpath(paths))
    return cwd if root.is_relative_to(cwd) else root if is_folder(root) else root.parent


def _steps(path: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """A link that stays inside, and what it leads to; the content of one that doesn't."""
    for _ in range(LONGEST_CHAIN):
        if not path.is_symlink():
            break
        target = plain(path.parent / path.readlink())
        if path.readlink().is_absolute() or not target.is_relative_to(root) or not _same(path, target):
            yield _place(path, root), path.resolve()
            return
        yield _place(path, root), path
        path = target
    if not is_folder(path):
        yield _place(path, root), path


def _same(path: Path, target: Path) -> bool:
    """A link in a folder that is a link itself may lead elsewhere than it seems to."""
    return target.exists() and path.resolve() == target.resolve()


def _lacking(folders: Iterable[str], files: Iterable[str]) -> Iterator[str]:
    """Those that no file brings along."""
    there = {"."} | {parent.as_posix() for file in files for parent in Path(file).parents}
    yield from (folder for folder in folders if folder not in there)
