"""What is in a project's folder already: read, and never followed out of it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from tampu.create import paths
from tampu.errors import TampuError

if TYPE_CHECKING:
    from pathlib import Path

RECORD = ".tampu-create"
BACKUP = ".bak"


class InTheWay(TampuError):
    reason = "create::in-the-way"

    def __init__(self, place: Path, found: str, expected: str) -> None:
        super().__init__(
            title=f"{place} is in the way",
            found=f"{found} at {place}",
            expected=expected,
            todo="Move it away, or choose another folder with --output-dir. Nothing was changed.",
        )


def is_possible(folder: Path) -> bool:
    """Whether the system could have a file in a folder of that name."""
    try:
        os.lstat(folder / RECORD)
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG
    return True


def place_of(folder: Path, path: str) -> Path:
    """Where that file of the project is; an error if that is somewhere else."""
    if why := paths.trouble(path.removeprefix(f"{RECORD}/")):
        raise InTheWay(folder / path, why, "a file in the project")
    place, inside = folder / path, folder.resolve()
    for parent in place.parents:
        if parent == folder:
            break
        if parent.is_symlink() and not parent.resolve().is_relative_to(inside):
            raise InTheWay(parent, "a link that leads out of the project", "a folder of the project")
        if os.path.lexists(parent) and not parent.is_dir():
            raise InTheWay(parent, "no folder", "a folder")
    return place


def refuse_blocked(folder: Path) -> None:
    """Where no folder of that name could be made."""
    blocking = next((each for each in (folder, *folder.parents) if os.path.lexists(each)), None)
    if blocking and not (blocking != folder and blocking.is_dir()):
        raise InTheWay(blocking, "no folder", "a folder, or nothing")


def read(folder: Path, path: str) -> bytes | None:
    """What is in it, or None where there is nothing."""
    place = place_of(folder, path)
    if not os.path.lexists(place):
        return None
    if not place.is_file():
        raise InTheWay(place, "a folder, or no plain file", "a file, or nothing")
    return place.read_bytes()


def is_executable(folder: Path, path: str) -> bool:
    place = folder / path
    return place.is_file() and bool(place.stat().st_mode & 0o100)


def free_name(folder: Path, path: str, ending: str = BACKUP) -> str:
    """A name beside that file that nobody has."""
    names = (f"{path}{ending}{number or ''}" for number in range(1_000_000))
    return next(name for name in names if not os.path.lexists(folder / name))
