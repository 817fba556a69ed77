"""What building a project of the app leaves beside its source: nothing of it is needed, and it differs by place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tampu.facts.requirements import LocalProject

NOT_LOOKED_INTO = frozenset({".tampu", ".git", "node_modules"})
METADATA = ".egg-info"
# Setuptools' bench, at a project's root.
BENCH = "build"


def traces(app: Path, projects: Iterable[LocalProject]) -> frozenset[Path]:
    """Those that are there, in the folders of these projects."""
    roots = [app / project.path for project in projects]
    return frozenset(found for root in roots if root.is_dir() for found in _under(root))


def clear_up(app: Path, projects: Iterable[LocalProject], before: frozenset[Path]) -> None:
    """Remove those that were not there before."""
    for path in traces(app, projects) - before:
        files.remove(path)


def _under(root: Path) -> Iterator[Path]:
    if (root / BENCH).is_dir():
        yield root / BENCH
    for folder, names, _ in os.walk(root):
        yield from (Path(folder, name) for name in names if name.endswith(METADATA))
        names[:] = [name for name in names if name not in NOT_LOOKED_INTO and not name.endswith(METADATA)]
