"""Makes what an installer left movable, reproducible, and the same whoever the installer was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs.bytecode import compile_modules
from tampu.envs.compiled import shelf
from tampu.envs.editables import settle_editables
from tampu.envs.records import settle_record
from tampu.envs.scripts import settle_scripts
from tampu.envs.supervision import add_supervision
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.envs.site import Site
    from tampu.world import World

LEFT_BY_INSTALLERS = (".lock", "CACHEDIR.TAG", ".gitignore")


def settle(
    site: Site, app: Path, python: Path, world: World, ground: Mapping[str, str], *, way: Path | None = None
) -> None:
    """The app is at `app` now; `way` leads there from the environment wherever both are moved, if `app` doesn't.

    `ground` tells one Python from the others.
    """
    new = [distribution for distribution in site.distributions() if not distribution.settled]
    ours = add_supervision(site)
    for distribution in new:
        settle_scripts(site, distribution)
        settle_editables(site, distribution, app, way or app)
        settle_record(site, distribution)
    for name in LEFT_BY_INSTALLERS:
        files.remove(site.root / name)
    known = shelf(site, ground, world)
    left = [distribution for distribution in new if not (known and known.give(distribution))]
    modules = {*ours, *(name for distribution in left for name in distribution.modules())}
    inside = site.library.relative_to(site.root)
    compile_modules(site.root, (f"{inside}/{name}" for name in modules), python, world)
    if known:
        known.take(left)


def sweep(folder: Path) -> bool:
    """Drop bytecode without its source, and folders without a file; say whether anything is left."""
    in_cache = folder.name == "__pycache__"
    left = [entry for entry in os.scandir(folder) if not (_orphan(entry) if in_cache else _emptied(entry))]
    if not left:
        folder.rmdir()
    return bool(left)


def _emptied(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not sweep(Path(entry.path))


def _orphan(entry: os.DirEntry[str]) -> bool:
    folder, _, name = entry.path.rpartition("/__pycache__/")
    orphan = name.endswith(".pyc") and not Path(f"{folder}/{name.partition('.')[0]}.py").is_file()
    if orphan:
        Path(entry.path).unlink()
    return orphan
