"""What a script or its project says itself about the packages that it needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks import project as pyproject
from tampu.facts.locks import uv
from tampu.facts.locks.lockfile import open_toml
from tampu.facts.locks.table import Table, UnreadableLock
from tampu.facts.locks.targets import ARCHIVES, Refused, read_requirement
from tampu.facts.packages import MANAGERS
from tampu.facts.toml import BadToml, read_toml
from tampu.facts.tree import Tree
from tampu.remote.choose.mods import ARCHIVE, distribution
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.facts.environment import Environment
    from tampu.facts.requirements import Requirement

# https://packaging.python.org/en/latest/specifications/inline-script-metadata/
BLOCK = re.compile(r"^# /// script$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$", re.MULTILINE)
# A lock says more than the list that it was made from or exported to.
BY_WORTH = (*MANAGERS[1:], MANAGERS[0])


class BadBlock(TampuError):
    reason = "remote::bad-block"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title=f"{shown} says in its first lines what it needs, and that can't be read",
            found=why,
            expected='TOML in comments, with a list such as dependencies = ["requests>=2"]',
            todo=f"Mend the lines from # /// script to # /// in {shown}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """All that is to be installed for sure; when `complete`, with all that this needs in turn.

    `spare` is what the project lists for some occasions only: it says what an import means, and no more.
    """

    origin: str = ""
    requirements: tuple[Requirement, ...] = ()
    spare: tuple[Requirement, ...] = ()
    complete: bool = False
    python: str = ""
    in_script: bool = False

    @property
    def folders(self) -> tuple[str, ...]:
        """Projects of the same tree, from its root on."""
        places = (each.local.path for each in self.requirements if each.local)
        return tuple(place for place in places if not place.endswith(ARCHIVES))

    @property
    def installed(self) -> tuple[Requirement, ...]:
        return tuple(each for each in self.requirements if not each.local or each.local.path.endswith(ARCHIVES))


def declared(script: Path, shown: str, root: Path, target: Environment) -> Declared:
    """By the script's own lock or block; else by a lock, a list or pyproject.toml in its project."""
    return _block(script, shown, target) or _listed(Tree(root), target)


def _block(script: Path, shown: str, target: Environment) -> Declared | None:
    tree = Tree(script.parent)
    found = BLOCK.search(tree.read(script.name) or "")
    if not found:
        return None
    lines = (line[2:] if line.startswith("# ") else line[1:] for line in found["content"].splitlines())
    origin = f"the first lines of {shown}"
    try:
        table = Table(read_toml("\n".join(lines), origin), origin)
        own = tuple(read_requirement(line, origin) for line in table.texts("dependencies"))
        python = table.text("requires-python")
        _check_range(python)
    except (BadToml, UnreadableLock) as error:
        raise BadBlock(shown, error.found.partition("\n")[0]) from error
    except Refused as error:
        raise BadBlock(shown, excerpt(str(error))) from error
    block = Declared(origin=origin, requirements=tuple(map(_called, own)), python=python, in_script=True)
    return _locked(tree, f"{script.name}.lock", block, target)


def _check_range(python: str) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(python)
    except InvalidSpecifier as error:
        raise Refused(f"requires-python = {python!r}, which is no range such as >=3.10") from error


def _locked(tree: Tree, name: str, block: Declared, target: Environment) -> Declared:
    """By the lock that uv keeps beside a script, unless the block has been changed since."""
    if not tree.has(name):
        return block
    asked = open_toml(tree, name).table("manifest").tables("requirements")
    if {(each.text("name"), _versions(each.text("specifier"))) for each in asked} != set(_asked(block)):
        return block
    packages = uv.read(tree, target, name)
    return replace(block, origin=name, requirements=packages.requirements, complete=True)


def _asked(block: Declared) -> Iterator[tuple[str, str]]:
    from packaging.requirements import Requirement as Parsed

    for each in block.installed:
        versions = "" if each.local else _versions(str(Parsed(each.line).specifier))
        yield each.name or "", versions


def _versions(text: str) -> str:
    """In one order, so that they can be compared."""
    return ",".join(sorted(part.strip() for part in text.split(",")))


def _listed(tree: Tree, target: Environment) -> Declared:
    document = open_toml(tree, pyproject.PYPROJECT)
    python = document.table("project").text("requires-python")
    spare = tuple(_of_occasions(document))
    for manager in BY_WORTH:
        if tree.has(manager.file):
            packages = manager.read(tree, target, manager.file)
            own = tuple(_called(each) for each in packages.requirements if not _is_itself(each))
            complete = packages.complete
            return Declared(origin=manager.file, requirements=own, spare=spare, complete=complete, python=python)
    origin = f"{pyproject.PYPROJECT}, project.dependencies"
    own = tuple(_line(text, origin) for text in document.table("project").texts("dependencies"))
    return Declared(origin=pyproject.PYPROJECT if own else "", requirements=own, spare=spare, python=python)


def _called(requirement: Requirement) -> Requirement:
    """An archive, by the name that its file has."""
    return replace(requirement, name=distribution(requirement.line)) if ARCHIVE.match(requirement.line) else requirement


def _is_itself(requirement: Requirement) -> bool:
    """The project's own modules travel as files."""
    return requirement.local is not None and requirement.local.path == "."


def _of_occasions(document: Table) -> Iterator[Requirement]:
    extras = document.table("project").table("optional-dependencies")
    groups = document.table("dependency-groups")
    for section in (extras, groups):
        for value in section.values.values():
            for text in value if isinstance(value, list) else ():
                if isinstance(text, str):
                    yield _line(text, section.place)


def _line(text: str, origin: str) -> Requirement:
    try:
        return read_requirement(text, origin)
    except Refused as error:
        raise pyproject.BadDependency(text, str(error), origin) from error
