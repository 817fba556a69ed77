"""What `Procfile` says: the processes of the app by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tampu.facts.tree import Tree

PROCFILE = "Procfile"
LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+)\s*:\s*(?P<command>\S.*)")


class BadLine(TampuError):
    reason = "process::bad-line"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(
            title=f"{PROCFILE} has lines that can't be used",
            found="\n".join(problems),
            expected=(
                "one process a line, each name once, such as\n    web: gunicorn wsgi\n    worker: python worker.py"
            ),
            todo=f"Edit {PROCFILE}, commit it and build again.",
        )


def processes(tree: Tree) -> Mapping[str, str]:
    """Commands by process name, in the order of the file; empty if there is no such file."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for number, line in _lines(tree.read(PROCFILE) or ""):
        match = LINE.fullmatch(line)
        if not match:
            problems.append(f"line {number}: {excerpt(line)}")
        elif match["name"] in found:
            problems.append(f"line {number}: a second process named {match['name']}")
        else:
            found[match["name"]] = match["command"]
    if problems:
        raise BadLine(problems)
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped
