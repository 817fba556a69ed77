"""Where a Django project has its `manage.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.facts.tree import Tree

DEEPEST = 3
NOT_THE_APP = frozenset({"node_modules", "site-packages"})
MARK_OF_A_VENV = "pyvenv.cfg"


def manage_py(tree: Tree, approot: str = ".") -> str | None:
    """The path of the one nearest to the approot, or else to the top; among equals the first by name."""
    found = (_nearest(tree.root / folder) for folder in (approot, "."))
    return next((path.relative_to(tree.root).as_posix() for path in found if path), None)


def _nearest(top: Path) -> Path | None:
    folders = [top]
    for _ in range(DEEPEST):
        found = next((folder / "manage.py" for folder in folders if (folder / "manage.py").is_file()), None)
        if found:
            return found
        folders = [inner for folder in folders for inner in _folders(folder)]
    return None


def _folders(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and _may_be_the_app(entry):
            yield Path(entry.path)


def _may_be_the_app(folder: os.DirEntry[str]) -> bool:
    if folder.name.startswith(".") or folder.name in NOT_THE_APP:
        return False
    return not os.path.lexists(f"{folder.path}/{MARK_OF_A_VENV}")
