"""A package as a folder, for people to look at and to edit: ID/src, ID/conf/conf and ID/conf/mods."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries.files import is_file, is_folder
from tampu.facts.excerpt import excerpt
from tampu.remote.choose import mods
from tampu.remote.choose.declared import Declared
from tampu.remote.found.tree import Project
from tampu.remote.found.walking import files_below
from tampu.remote.packages.archives import by_content, carried, carry
from tampu.remote.packages.kept import CONF, MODS, SRC, BadPackage, Kept, NoPackage, is_package, kept_in
from tampu.remote.packages.needs import Surroundings, needs
from tampu.remote.packages.package import Package, identity, ruled
from tampu.remote.packages.placing import tree_of
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tampu.facts.environment import Environment
    from tampu.remote.stores.trees import Tree

NOT_PACKED = frozenset({"__pycache__"})
MOST_SHOWN = 5


class InTheWay(TampuError):
    reason = "remote::in-the-way"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            title=f"{folder.name} is in the way",
            found=f"{folder}, which is no package",
            expected="nothing there, or an older package of that name",
            todo="Choose another name with -n NAME, or move it away.",
        )


class EditedSource(TampuError):
    reason = "remote::edited-source"

    def __init__(self, folder: Path, files: Sequence[str]) -> None:
        name = folder.name
        super().__init__(
            title=f"{name} has been edited, and packing again would undo that",
            found=f"{name}/{SRC} is not as it was packed; unlike your project's: {_some(files)}",
            expected=f"{name}/{SRC} as it was packed, or as your project is now",
            todo=(
                f"To run it as you have edited it: tampu remote -SR {name}\n"
                f"To pack your project anew: `tampu remote -C {name}` takes that away. Or choose another name."
            ),
        )


def written(package: Package, into: Path) -> Path:
    """An older package of the same name gives way to it; one of the same ID stays as it is, edited or not."""
    folder = into / package.folder
    with _alone(into):
        _sweep(folder)
        there = folder.exists() or folder.is_symlink()
        if there and not is_package(folder):
            raise InTheWay(folder)
        if there and not package.name:
            return folder
        if there:
            _refuse_edited(folder, package)
        beside = folder.with_name(f".{folder.name}.{os.getpid()}.new")
        try:
            _write(package, beside)
        except BaseException:
            files.remove(beside)
            raise
        if there:
            folder.rename(_old(folder))
        beside.rename(folder)
        files.remove(_old(folder))
    return folder


def read_folder(folder: Path, target: Environment) -> Package:
    """As it is now: what was edited in src and conf/mods since it was packed counts."""
    kept = kept_in(folder)
    src = folder.absolute() / SRC
    script = src / kept.entry
    for found, right, key, kind in (
        (kept.entry, is_file(script), "EXEC", "file"),
        (kept.cwd, is_folder(src / kept.cwd), "PWD", "folder"),
    ):
        if not right:
            raise BadPackage(f"{folder.name}/{CONF}", f"{key}={excerpt(found)}", f"a {kind} in {folder.name}/{SRC}")
    said = mods.read(kept.mods, f"{folder.name}/{MODS}")
    places = (script.resolve().parent, *(src / path for path in kept.paths))
    project = Project(root=src, folders=tuple(dict.fromkeys(places)))
    asked = needs(script, project, target, Surroundings(cwd=src / kept.cwd, mods=said))
    tree = _tree_in(folder.absolute(), kept)
    requirements = tuple(carried(line, folder) for line in ruled(asked.requirements, said, kept.known))
    beside = folder.absolute().parent
    return Package(
        name=kept.name,
        called=folder.name,
        id=identity(tree, kept.entry, kept.cwd, by_content(requirements, beside), kept.python),
        root=src,
        project=beside,
        tree=tree,
        entry=kept.entry,
        cwd=kept.cwd,
        paths=kept.paths,
        requirements=requirements,
        declared=Declared(),
        choices=asked.choices,
        unsure=asked.unsure,
        left_out=asked.left_out,
        python=kept.python,
        data=asked.data,
        outside=asked.outside,
        known=kept.known,
        mods=kept.mods,
        made=kept.made,
    )


def removed(folder: Path) -> None:
    """Nothing but a package."""
    if not is_package(folder) or folder.is_symlink():
        raise NoPackage(folder)
    with _alone(folder.parent):
        old = _old(folder)
        folder.rename(old)
        files.remove(old)


def _tree_in(folder: Path, kept: Kept) -> Tree:
    src = folder / SRC
    return tree_of(files_below(src, _stays), src, [src / kept.cwd])


def _refuse_edited(folder: Path, package: Package) -> None:
    kept = kept_in(folder)
    there, new = _tree_in(folder, kept), package.tree
    if kept.code and there.id not in {kept.code, new.id}:
        paths = sorted({*there.items, *new.items})
        raise EditedSource(folder, [path for path in paths if there.items.get(path) != new.items.get(path)])


def _some(files: Sequence[str]) -> str:
    shown = ", ".join(excerpt(each) for each in files[:MOST_SHOWN])
    return f"{shown} and {len(files) - MOST_SHOWN} more" if len(files) > MOST_SHOWN else shown or "a folder"


def _stays(path: Path, *, folder: bool) -> bool:
    return folder and path.name in NOT_PACKED


def _write(package: Package, folder: Path) -> None:
    for empty in ("", "conf", SRC, *(f"{SRC}/{each}" for each in package.tree.folders)):
        (folder / empty).mkdir(parents=True, exist_ok=True)
    for place, item in package.tree.items.items():
        path = folder / SRC / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if item.link:
            path.symlink_to(item.link)
        else:
            shutil.copyfile(package.tree.sources[item.sha], path)
            path.chmod(0o755 if item.runs else 0o644)
    kept = Kept(
        cwd=package.cwd,
        entry=package.entry,
        name=package.name,
        python=package.python,
        paths=package.paths,
        known=package.known,
        made=package.made,
        code=package.tree.id,
    )
    carry(package.requirements, package.project, folder)
    text = kept.as_text()
    (folder / CONF).write_text(text, encoding="utf-8")
    (folder / MODS).write_text(package.mods, encoding="utf-8")


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _sweep(folder: Path) -> None:
    """What somebody who was killed has left goes, but for what was there before."""
    for left in folder.parent.glob(f".{folder.name}.*.new"):
        files.remove(left)
    if _old(folder).exists() and not folder.exists():
        _old(folder).rename(folder)
    files.remove(_old(folder))


@contextmanager
def _alone(into: Path) -> Iterator[None]:
    """One at a time writes packages into a folder."""
    descriptor = os.open(into, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
