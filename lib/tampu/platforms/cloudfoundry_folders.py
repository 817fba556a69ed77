"""Folders that Cloud Foundry's buildpacks know each other by: bin, lib, include and pkgconfig of what each supplied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.environ import apply
from tampu.build.tasks.stack_links import point
from tampu.platforms.surroundings import refuse_zeros
from tampu.world import files
from tampu.world.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tampu.build.model import EnvVar

# Each a list of folders, and the folder whose content goes there for those that come later.
FOLDERS = {
    "PATH": "bin",
    "LD_LIBRARY_PATH": "lib",
    "LIBRARY_PATH": "lib",
    "CPATH": "include",
    "PKG_CONFIG_PATH": "pkgconfig",
}
AT_LAUNCH = ("PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH")
EMBEDDABLE = "python/lib/libpython*.so*"


def of_earlier(deps: Path, index: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Lists of folders that buildpacks before this one have filled, before those that are set."""
    earlier = [supply for supply in _supplies(deps) if supply.name < index]
    lists = {
        name: [*(str(supply / folder) for supply in earlier if (supply / folder).is_dir()), environ.get(name, "")]
        for name, folder in FOLDERS.items()
    }
    return {name: ":".join(filter(None, folders)) for name, folders in lists.items() if any(folders)}


def variables_of_earlier(deps: Path, index: str) -> dict[str, str]:
    """Those of later buildpacks count more."""
    found = [path for supply in reversed(_supplies(deps)) if supply.name < index for path in supply.glob("env/*")]
    values = {path.name: path.read_bytes() for path in found if path.is_file()}
    refuse_zeros(values)
    return {name: os.fsdecode(value) for name, value in values.items()}


def _supplies(deps: Path) -> list[Path]:
    """The last one first."""
    return sorted((folder for folder in deps.iterdir() if folder.is_dir()), reverse=True)


def link_folders(changes: Sequence[EnvVar], layers: Path, app: Path) -> None:
    """A relative link for each command and library of the layers; the first of a name wins, as on PATH."""
    values = apply(changes, {}, layers=layers, app=app)
    for folder in dict.fromkeys(FOLDERS.values()):
        files.remove(layers / folder)
        for entry in _entries([values.get(name, "") for name, kind in FOLDERS.items() if kind == folder]):
            _link(layers / folder / entry.name, entry)
    for library in sorted(layers.glob(EMBEDDABLE)):
        _link(layers / "lib" / library.name, library)


def _entries(lists: Sequence[str]) -> Iterator[Path]:
    folders = [Path(folder) for names in lists for folder in names.split(":") if folder]
    return (entry for folder in folders if folder.is_dir() for entry in sorted(folder.iterdir()))


def _link(place: Path, entry: Path) -> None:
    if not os.path.lexists(place):
        point(place, os.path.relpath(entry, place.parent))


def multi_supply(deps: Path) -> File:
    """The folders of all buildpacks, as variables of the app: what comes later goes before."""
    lines = (_export(name, FOLDERS[name], _supplies(deps)) for name in AT_LAUNCH)
    return File(path="000_multi-supply.sh", text="".join(lines))


def _export(name: str, folder: str, supplies: Sequence[Path]) -> str:
    places = [f'"$DEPS_DIR"/{supply.name}/{folder}' for supply in supplies if (supply / folder).is_dir()]
    return f'export {name}={":".join(places)}"${{{name}:+:${name}}}"\n' if places else ""


def copy_profiles(deps: Path, profile: Path) -> None:
    """Scripts of all buildpacks, their numbers before their names."""
    for script in sorted(deps.glob("*/profile.d/*")):
        if script.is_file() and not script.is_symlink():
            shutil.copy2(script, profile / f"{script.parent.parent.name}_{script.name}")
