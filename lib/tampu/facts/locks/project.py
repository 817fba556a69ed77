"""A project that names its dependencies itself, without a lock: pyproject.toml or setup.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.exact import canonical
from tampu.facts.locks.lockfile import open_toml
from tampu.facts.locks.targets import Refused, read_requirement
from tampu.facts.requirements import LocalProject, Packages, Requirement, fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.facts.environment import Environment
    from tampu.facts.locks.table import Table
    from tampu.facts.tree import Tree

PYPROJECT = "pyproject.toml"


class BadDependency(TampuError):
    reason = "project::bad-dependency"

    def __init__(self, text: str, why: str, origin: str) -> None:
        super().__init__(
            title=f"{origin} has a dependency that can't be read",
            found=f"{excerpt(text)}\n({excerpt(why)})",
            expected='a package, such as "flask>=3" or "name @ https://…"',
            todo=f"Mend {PYPROJECT}, commit it and build again.",
        )


def is_project(tree: Tree) -> bool:
    """Whether pyproject.toml says how to build the app or what it needs, and is more than settings of tools."""
    document = open_toml(tree, PYPROJECT)
    return "project" in document.values or "build-system" in document.values


def read(tree: Tree, target: Environment, name: str) -> Packages:
    document = open_toml(tree, PYPROJECT)
    project = document.table("project")
    origin = f"{PYPROJECT}, project.dependencies"
    if name == PYPROJECT and _is_list_only(document):
        own = _lines(project.texts("dependencies"), origin)
        extras = project.table("optional-dependencies")
        own += [line for group in target.groups for line in _lines(extras.texts(group), f"{PYPROJECT}, {group}")]
    else:
        own = [_itself(project, target, name)]
    return Packages(
        manager="project",
        because=f"{name} is present, and no list or lock of packages",
        requirements=(*own, *_from_groups(document, target)),
        sources=fingerprints(tree, (PYPROJECT,)),
    )


def _is_list_only(document: Table) -> bool:
    """Without a build system there is nothing to install but what it lists, unless only a build would know that."""
    return "build-system" not in document.values and "dependencies" not in document.table("project").texts("dynamic")


def _itself(project: Table, target: Environment, origin: str) -> Requirement:
    wanted = [group for group in target.groups if group in project.table("optional-dependencies").values]
    extras = f"[{','.join(wanted)}]" if wanted else ""
    local = LocalProject(path=".", editable=True)
    return Requirement(line=f"-e .{extras}", name=canonical(project.text("name")) or None, origin=origin, local=local)


def _from_groups(document: Table, target: Environment) -> list[Requirement]:
    groups = document.table("dependency-groups").values
    wanted = [group for group in target.groups if group in groups]
    origin = f"{PYPROJECT}, dependency-groups"
    return _lines(dict.fromkeys(line for group in wanted for line in _group(document, group, ())), origin)


def _group(document: Table, name: str, within: tuple[str, ...]) -> list[str]:
    """The lines of a group and of those that it includes."""
    if name in within:
        raise BadDependency(f"include-group = {name}", "the group includes itself", f"{PYPROJECT}, dependency-groups")
    groups = document.table("dependency-groups")
    items = groups.values.get(name)
    found: list[str] = []
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            found.extend(_group(document, item["include-group"], (*within, name)))
        else:
            raise BadDependency(repr(item), "neither a package nor an include-group", groups.place)
    return found


def _lines(texts: Iterable[str], origin: str) -> list[Requirement]:
    return [_line(text, origin) for text in texts]


def _line(text: str, origin: str) -> Requirement:
    try:
        return read_requirement(text.strip(), origin)
    except Refused as error:
        raise BadDependency(text, str(error), origin) from error
