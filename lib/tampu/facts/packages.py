"""Which packages an app needs: the one file that says so is found, and read by those who know it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from tampu.errors import TampuError
from tampu.facts.dotcloud_packages import only_listed, with_listed
from tampu.facts.excerpt import excerpt
from tampu.facts.locks import pdm, pip, pipenv, poetry, project, pylock, uv
from tampu.facts.locks.project import is_project
from tampu.facts.package_signs import none_found, oddities, refuse_missing_projects, refuse_unlocked
from tampu.facts.requirements import Packages, local_fingerprints
from tampu.facts.unlinked import unlinked
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tampu.facts.environment import Environment
    from tampu.facts.tree import Tree

VARIABLE = "TAMPU_PACKAGE_MANAGER"
NAMED_PYLOCK = re.compile(r"pylock(\.[^./]+)?$")


class Read(Protocol):
    def __call__(self, tree: Tree, target: Environment, name: str) -> Packages:
        """What that file of the app says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A package manager, the file that speaks for it, and the command that makes that file."""

    name: str
    file: str
    read: Read
    command: str


MANAGERS = (
    Manager(name="pip", file="requirements.txt", read=pip.read, command="pip freeze > requirements.txt"),
    Manager(name="uv", file="uv.lock", read=uv.read, command="uv lock"),
    Manager(name="poetry", file="poetry.lock", read=poetry.read, command="poetry lock"),
    Manager(name="pipenv", file="Pipfile.lock", read=pipenv.read, command="pipenv lock"),
    Manager(name="pdm", file="pdm.lock", read=pdm.read, command="pdm lock"),
    Manager(name="pylock", file="pylock.toml", read=pylock.read, command="uv export -o pylock.toml"),
)


class Several(TampuError):
    reason = "package-manager::several"

    def __init__(self, found: tuple[Manager, ...]) -> None:
        super().__init__(
            title="Several package managers speak for this app",
            found="\n".join(f"{manager.file:<17} ({manager.name})" for manager in found),
            expected="one of them",
            todo=(
                "Delete the files that are no longer used and commit that; or set the one that counts:\n\n"
                f"    {VARIABLE}={found[-1].name}"
            ),
        )


class Unknown(TampuError):
    reason = "package-manager::unknown"

    def __init__(self, wanted: str) -> None:
        known = ", ".join([*(manager.name for manager in MANAGERS), "pylock.<name>", "project"])
        super().__init__(
            title=f"{VARIABLE} is not a package manager that tampu knows",
            found=f"{VARIABLE}={excerpt(wanted)}",
            expected=known,
            todo="Set it to one of these, or unset it: the app's files say enough in most cases.",
        )


class FileMissing(TampuError):
    reason = "package-manager::file-missing"

    def __init__(self, manager: Manager) -> None:
        super().__init__(
            title=f"{manager.file} is not there",
            found=f"{VARIABLE}={manager.name}, and no {manager.file}",
            expected=f"{manager.file} at the root of the app",
            todo=f"Make it, commit it and build again (or unset {VARIABLE}):\n\n    {manager.command}",
        )


def packages(
    top: Tree, target: Environment, wanted: str | None, approot: str = ".", listed: Sequence[str] = ()
) -> Packages:
    """All that is to be installed; `wanted` is the user's choice of a manager, `listed` what dotcloud.yml adds."""
    root = next((folder for folder in (approot, ".") if _speaks(top.within(folder), wanted)), "")
    tree = top.within(root or approot)
    if listed and not root and not wanted:
        own = only_listed()
    else:
        own = _by_choice(tree, target, wanted) if wanted else _by_files(tree, target)
    found = unlinked(with_listed(own, listed), target)
    refuse_missing_projects(tree, found.requirements)
    place = tree.root.relative_to(top.root).as_posix()
    return replace(
        found,
        because=found.because if place == "." else f"{found.because}, in {place}",
        sources={**found.sources, **local_fingerprints(tree, found.local), **_moved(place)},
        notices=(*found.notices, *oddities(tree, found.manager)),
        root=place,
    )


def _moved(place: str) -> dict[str, str]:
    """Links to an app's projects lead to other places when its approot moves."""
    return {} if place == "." else {"approot": place}


def _speaks(tree: Tree, wanted: str | None) -> bool:
    """Whether a file there is meant to tell the packages."""
    if wanted:
        return tree.has(_manager(tree, wanted).file)
    names = ("Pipfile", "setup.py", *(manager.file for manager in MANAGERS))
    return any(tree.has(name) for name in names) or is_project(tree)


def _by_choice(tree: Tree, target: Environment, wanted: str) -> Packages:
    because = f"{VARIABLE} is {wanted}"
    manager = _manager(tree, wanted)
    if not tree.has(manager.file):
        raise FileMissing(manager)
    return replace(manager.read(tree, target, manager.file), because=because)


def _manager(tree: Tree, wanted: str) -> Manager:
    if wanted == "project":
        return _project(tree)
    if NAMED_PYLOCK.match(wanted):
        return replace(MANAGERS[-1], name=wanted, file=f"{wanted}.toml", command=f"uv export -o {wanted}.toml")
    chosen = next((manager for manager in MANAGERS if manager.name == wanted), None)
    if chosen is None:
        raise Unknown(wanted)
    return chosen


def _project(tree: Tree) -> Manager:
    file = "pyproject.toml" if is_project(tree) or not tree.has("setup.py") else "setup.py"
    return Manager(name="project", file=file, read=project.read, command="uv init --bare")


def _by_files(tree: Tree, target: Environment) -> Packages:
    found = tuple(manager for manager in MANAGERS if tree.has(manager.file))
    if len(found) > 1:
        raise Several(found)
    for manager in found:
        return manager.read(tree, target, manager.file)
    refuse_unlocked(tree)
    if is_project(tree) or tree.has("setup.py"):
        manager = _project(tree)
        return manager.read(tree, target, manager.file)
    return none_found(tree)
