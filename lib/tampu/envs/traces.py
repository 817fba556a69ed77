"""What building a project of the app leaves beside its source: code that belongs to it, and what nobody needs."""

from __future__ import annotations

import os
import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.facts.requirements import LocalProject

NOT_LOOKED_INTO = frozenset({".tampu", ".git", "node_modules"})
# Setuptools' bench and its metadata, which differs by place.
NEEDED_BY_NOBODY = ("*.egg-info", "build", "__pycache__")
# In the environment's own folder: compiled modules and written versions, for builds that find the rest in the cache.
KEPT = ".left-in-app"


def traces(app: Path, projects: Iterable[LocalProject]) -> frozenset[Path]:
    """All files and folders of these projects, to know later what is new."""
    roots = [app / project.path for project in projects]
    walks = (_walk(root) for root in roots if root.is_dir())
    return frozenset(Path(folder, name) for walk in walks for folder, names in walk for name in names)


def gather(site: Path, app: Path, projects: tuple[LocalProject, ...], before: frozenset[Path]) -> None:
    """Remove what is new and needed by nobody; keep the rest with the environment, too."""
    files.remove(site / KEPT)
    new = traces(app, projects) - before
    for path in sorted(path for path in new if path.parent not in new):
        if any(fnmatch(path.name, pattern) for pattern in NEEDED_BY_NOBODY):
            files.remove(path)
        else:
            place = site / KEPT / path.relative_to(app)
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy(path, place)


def put_back(site: Path, app: Path) -> None:
    """What the app has of these itself stays as it is."""
    for folder, names in _walk(site / KEPT):
        for name in names:
            source = Path(folder, name)
            place = app / source.relative_to(site / KEPT)
            if not place.exists():
                _copy(source, place)


def _walk(root: Path) -> Iterable[tuple[str, list[str]]]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_LOOKED_INTO]
        yield folder, [*folders, *names]


def _copy(source: Path, place: Path) -> None:
    """Never a link: the app may write into its files."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, place, symlinks=True)
    else:
        shutil.copy2(source, place, follow_symlinks=False)
