"""Files whose names nearly say which Python to take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.excerpt import excerpt
from tampu.world.console import Notice

if TYPE_CHECKING:
    from tampu.facts.tree import Tree

MEANT = {
    "runtimetxt": "runtime.txt",
    "runtimestxt": "runtime.txt",
    "runtimetxttxt": "runtime.txt",
    "runtimetext": "runtime.txt",
    "pythonruntimetxt": "runtime.txt",
    "pythonversion": ".python-version",
    "pythonversions": ".python-version",
    "pythonversiontxt": ".python-version",
    "toolversion": ".tool-versions",
    "toolversions": ".tool-versions",
    "toolsversions": ".tool-versions",
    "toolversionstxt": ".tool-versions",
}


def misnamed(tree: Tree) -> tuple[Notice, ...]:
    """A notice for every file that no tool reads, though its name is a slip away from one that all read."""
    names = sorted(entry.name for entry in tree.root.iterdir() if entry.is_file())
    return tuple(_notice(name, _meant(name)) for name in names if _meant(name) not in {"", name})


def _meant(name: str) -> str:
    return MEANT.get(re.sub(r"[^a-z]", "", name.lower()), "")


def _notice(name: str, meant: str) -> Notice:
    return Notice(
        name="python-version::misnamed",
        text=f"{excerpt(name)} is not read: the right name is {meant}.\nRename it and commit it, or delete it.",
    )
