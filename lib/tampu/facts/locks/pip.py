"""requirements.txt and all files that it includes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.grammar import Include, Option, Unlinked, logical_lines, read_line
from tampu.facts.locks.lockfile import refuse_conflicts
from tampu.facts.locks.places import inside, written
from tampu.facts.locks.targets import Refused
from tampu.facts.requirements import Packages, Requirement, fingerprints
from tampu.values import dataclass, field
from tampu.world.console import Notice

if TYPE_CHECKING:
    from tampu.facts.environment import Environment
    from tampu.facts.locks.grammar import Item
    from tampu.facts.tree import Tree

FOR_GROUPS = ("requirements-{}.txt", "requirements/{}.txt", "{}-requirements.txt", "{}_requirements.txt")


class BadLines(TampuError):
    reason = "requirements::bad-line"

    def __init__(self, name: str, refused: list[tuple[int, str, str]]) -> None:
        found = "\n".join(f"line {at}: {excerpt(text)}\n    ({excerpt(why)})" for at, text, why in refused)
        super().__init__(
            title=f"{name} has {'a line' if len(refused) == 1 else 'lines'} that can't be read",
            found=found,
            expected="on each line a package such as flask==3.1.0, an option, or a comment",
            todo=f"Mend {name}, commit it and build again.",
        )


class Loop(TampuError):
    reason = "requirements::loop"

    def __init__(self, chain: tuple[str, ...]) -> None:
        circle = " includes\n".join(excerpt(name) for name in chain)
        super().__init__(
            title="Requirements files include each other in a circle",
            found=circle,
            expected="no file that includes itself",
            todo="Take one of these -r or -c lines away, commit that and build again.",
        )


class MissingFile(TampuError):
    reason = "requirements::missing-file"

    def __init__(self, name: str, origin: str) -> None:
        super().__init__(
            title="A requirements file that another one includes is not there",
            found=f"no {excerpt(name)}",
            expected=f"that file, which {origin} includes",
            todo=(
                f"Commit it (is it in .gitignore?), or mend {origin}.\nSuch paths count from the file they stand in."
            ),
        )


class UrlInclude(TampuError):
    reason = "requirements::url-include"

    def __init__(self, url: str, origin: str) -> None:
        super().__init__(
            title=f"{origin} includes a file from the network",
            found=excerpt(url),
            expected="a file of the app: what the network answers may change between builds",
            todo="Download it into the app, name it there, commit both and build again.",
        )


def read(tree: Tree, target: Environment, name: str) -> Packages:
    found = _Closure(tree)
    found.read(name, (name,), found.requirements)
    for extra in _for_groups(tree, target):
        found.read(extra, (extra,), found.requirements)
    return Packages(
        manager="pip",
        because=f"{name} is present",
        requirements=tuple(found.requirements),
        options=tuple(found.options),
        constraints=tuple(found.constraints),
        sources=found.sources,
        notices=tuple(found.notices),
    )


def _for_groups(tree: Tree, target: Environment) -> list[str]:
    names = (pattern.format(group) for group in target.groups for pattern in FOR_GROUPS)
    return [name for name in names if tree.has(name)]


@dataclass(slots=True)
class _Closure:
    """What has been read so far, file by file."""

    tree: Tree
    requirements: list[Requirement] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    options: dict[str, None] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    done: set[tuple[str, bool]] = field(default_factory=set)

    def read(self, name: str, chain: tuple[str, ...], into: list[Requirement]) -> None:
        role = (name, into is self.requirements)
        if role in self.done:
            return
        self.done.add(role)
        text = self.tree.read(name) or ""
        refuse_conflicts(text, name)
        self.sources.update(fingerprints(self.tree, (name,)))
        for item in _items(text, name):
            if isinstance(item, Include):
                self._include(item, chain, into)
            elif isinstance(item, Option):
                self._option(item, posixpath.dirname(name))
            elif isinstance(item, Unlinked):
                self.notices.append(_unlinked(item))
            else:
                into.append(item)

    def _include(self, item: Include, chain: tuple[str, ...], into: list[Requirement]) -> None:
        if "://" in item.file:
            raise UrlInclude(item.file, item.origin)
        name = inside(item.file.removeprefix("file:"), item.origin, posixpath.dirname(chain[-1]))
        if name in chain:
            raise Loop((*chain, name))
        if not self.tree.has(name):
            raise MissingFile(name, item.origin)
        self.read(name, (*chain, name), self.constraints if item.option == "--constraint" else into)

    def _option(self, item: Option, folder: str) -> None:
        value = item.value
        if item.name == "--find-links" and "://" not in value:
            beside = inside(value, item.origin, folder)
            place = beside if (self.tree.root / beside).exists() else inside(value, item.origin)
            value = written(place)
            self.sources.update(fingerprints(self.tree, (place,)))
        self.options[f"{item.name}={value}" if value else item.name] = None


def _unlinked(item: Unlinked) -> Notice:
    return Notice(
        name="requirements::editable-repository",
        text=(
            f"{item.origin} asks for a repository as editable\n\n"
            f"Found:    {excerpt(item.text)}\n"
            "It is installed as it is, without -e: its clone would not be part of the app."
        ),
    )


def _items(text: str, name: str) -> list[Item]:
    """All that the file says, or all that is wrong with it."""
    lines = [(number, line, _tried(line, f"{name}, line {number}")) for number, line in logical_lines(text)]
    refused = [(number, line, str(found)) for number, line, found in lines if isinstance(found, Refused)]
    if refused:
        raise BadLines(name, refused)
    return [item for _, _, found in lines if not isinstance(found, Refused) for item in found]


def _tried(line: str, origin: str) -> tuple[Item, ...] | Refused:
    try:
        return read_line(line, origin)
    except Refused as error:
        return error
