"""What all lock files share: they are opened, and checked for merges, versions and Pythons, in the same words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.documents import read_json
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.table import Table
from tampu.facts.toml import read_toml
from tampu.world.console import Notice

if TYPE_CHECKING:
    from tampu.facts.environment import Environment
    from tampu.facts.tree import Tree

CONFLICT = re.compile(r"^(?:<{7}|>{7}) .*", re.MULTILINE)


class MergeConflict(TampuError):
    reason = "lock::merge-conflict"

    def __init__(self, name: str, line: int, text: str) -> None:
        super().__init__(
            title=f"{name} has an unfinished merge in it",
            found=f"{excerpt(text)} in line {line}",
            expected="no marks of git in the file",
            todo=f"Finish the merge (a lock: make it anew with its tool), commit {name} and build again.",
        )


class UnknownVersion(TampuError):
    reason = "lock::unknown-version"

    def __init__(self, name: str, found: str, known: str, command: str) -> None:
        super().__init__(
            title=f"{name} is in a format that tampu does not know",
            found=f"version {excerpt(found) or '(none)'}",
            expected=f"version {known}",
            todo=f"Write it again with a tool of that format:\n\n    {command}\n\nCommit it and build again.",
        )


class Incomplete(TampuError):
    reason = "lock::incomplete"

    def __init__(self, name: str, package: str, origin: str, command: str) -> None:
        super().__init__(
            title=f"{name} lacks a package",
            found=f"no package {excerpt(package)} in it",
            expected=f"one, needed by {excerpt(origin)}",
            todo=f"Lock again, commit {name} and build again:\n\n    {command}",
        )


class OtherPython(TampuError):
    reason = "lock::other-python"

    def __init__(self, name: str, python: str, versions: str) -> None:
        super().__init__(
            title=f"{name} was not made for the Python that the app runs on",
            found=f"Python {python}",
            expected=f"Python {excerpt(versions)}, which it was made for",
            todo=(
                "Ask for a Python in that range (runtime.txt counts before all other files), or widen the\n"
                "range and lock again; commit that and build again."
            ),
        )


class OtherEnvironment(TampuError):
    reason = "lock::other-environment"

    def __init__(self, name: str, target: Environment, markers: tuple[str, ...]) -> None:
        shown = "\n".join(excerpt(marker) for marker in markers)
        super().__init__(
            title=f"{name} was not made for the machine that the app runs on",
            found=f"CPython {target.python} on Linux, {target.machine}",
            expected=shown,
            todo="Lock again for that environment too, commit the lock and build again.",
        )


def open_toml(tree: Tree, name: str) -> Table:
    """The document; empty if there is none."""
    text = tree.read(name) or ""
    refuse_conflicts(text, name)
    return Table(read_toml(text, name), name)


def open_json(tree: Tree, name: str) -> Table:
    text = tree.read(name) or "{}"
    refuse_conflicts(text, name)
    return Table(read_json(text, name), name)


def refuse_conflicts(text: str, name: str) -> None:
    mark = CONFLICT.search(text)
    if mark:
        raise MergeConflict(name, text.count("\n", 0, mark.start()) + 1, mark[0])


def check_python(versions: str, target: Environment, name: str) -> None:
    if not target.runs(versions):
        raise OtherPython(name, target.python, versions)


def check_environments(markers: tuple[str, ...], target: Environment, name: str) -> None:
    if markers and not any(target.meets(marker, name) for marker in markers):
        raise OtherEnvironment(name, target, markers)


def outdated(name: str, manifest: str, command: str) -> Notice:
    return Notice(
        name="lock::outdated",
        text=(
            f"{name} is older than {manifest}\n\n"
            f"{manifest} was changed after {name} was made from it, and what is installed is what\n"
            f"{name} says. To bring them together run:\n\n    {command}"
        ),
    )
