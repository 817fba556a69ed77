"""Trees of files: hard-linked from one place to another, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UNLINKABLE = {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP}
FULL = {errno.ENOSPC, errno.EDQUOT}
UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
LONGEST_NAME = 255
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A text to write; `path` is relative to the place that the writer chooses."""

    path: str
    text: str
    executable: bool = False


class DiskFull(TampuError):
    reason = "disk::full"

    def __init__(self, path: str) -> None:
        super().__init__(
            title="The disk is full",
            found=f"no space left while writing {path}",
            expected="room for the app's environment and its cached copy",
            todo="Free some space on it, or choose a larger disk, and build again.\nNothing half-written was kept.",
        )


class NotWritable(TampuError):
    reason = "disk::not-writable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            title=f"{path} can't be written",
            found=why,
            expected="a folder that the user who builds may write to",
            todo="Change its owner or its mode, or build as another user.",
        )


class PathTooLong(TampuError):
    reason = "usage::long-path"
    exit_code = 2

    def __init__(self, path: str) -> None:
        size, longest = len(os.fsencode(path)), max(len(os.fsencode(name)) for name in path.split("/"))
        which = f"with a name of {longest} bytes" if longest > LONGEST_NAME else f"{size} bytes in all"
        super().__init__(
            title="A path is longer than the system allows",
            found=f"...{path[-SHOWN:]}, {which}",
            expected=f"up to {LONGEST_NAME} bytes for each name, and 4095 for all of them",
            todo="Shorten it, or correct what was to name a file or folder.",
        )


def disk_error(error: OSError) -> TampuError:
    """The error of ours that says to a person what it means."""
    path = str(error.filename2 or error.filename or "a file")
    if error.errno == errno.ENAMETOOLONG:
        return PathTooLong(path)
    return DiskFull(path) if error.errno in FULL else NotWritable(path, error.strerror or str(error))


def is_disks_fault(error: OSError) -> bool:
    return error.errno in FULL | UNWRITABLE | {errno.ENAMETOOLONG}


def write(root: Path, files: Iterable[File]) -> None:
    """Write them all; what a killed build left beside them goes."""
    for file in files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path)
        replace(path, file.text, 0o755 if file.executable else 0o644)


def sweep(path: Path) -> None:
    """What somebody who was killed while replacing it has left goes."""
    for left in path.parent.glob(f".{path.name}.*.new"):
        left.unlink(missing_ok=True)


def replace(path: Path, text: str, mode: int = 0o644) -> None:
    """Write the file beside its place and rename it there: readers see the old text or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.chmod(mode)
        beside.replace(path)
    except OSError:
        remove(beside)
        raise


def graft(source: Path, destination: Path) -> None:
    """Make the same tree there, out of hard links where the disk allows it. What is linked already stays untouched."""
    # Numbers of files say nothing across disks.
    if destination.is_dir() and source.stat().st_dev == destination.stat().st_dev:
        _mend(str(source), str(destination))
    else:
        remove(destination)
        destination.parent.mkdir(parents=True, exist_ok=True)
        _plant(str(source), str(destination))


def _plant(source: str, destination: str) -> None:
    os.mkdir(destination)
    for entry in os.scandir(source):
        place = f"{destination}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            _plant(entry.path, place)
        else:
            join(entry.path, place)


def overlay(source: Path, destination: Path) -> None:
    """Join each file of the tree to that place in the other one, whatever is there."""
    for entry in os.scandir(source):
        place = destination / entry.name
        if entry.is_dir(follow_symlinks=False):
            place.mkdir(exist_ok=True)
            overlay(Path(entry.path), place)
        else:
            remove(place)
            join(entry.path, place)


def _mend(source: str, destination: str) -> None:
    there = {entry.name: entry for entry in os.scandir(destination)}
    for entry in os.scandir(source):
        place = f"{destination}/{entry.name}"
        old = there.pop(entry.name, None)
        if entry.is_dir(follow_symlinks=False):
            _mend_folder(entry, place, old)
        elif old is None or old.inode() != entry.inode():
            remove(Path(place))
            join(entry.path, place)
    for gone in there.values():
        remove(Path(gone.path))


def _mend_folder(entry: os.DirEntry[str], place: str, old: os.DirEntry[str] | None) -> None:
    if old is None or not old.is_dir(follow_symlinks=False):
        remove(Path(place))
        _plant(entry.path, place)
        return
    mode = entry.stat(follow_symlinks=False).st_mode
    if old.stat(follow_symlinks=False).st_mode != mode:
        os.chmod(place, stat.S_IMODE(mode))
    _mend(entry.path, place)


def copy(source: Path, destination: Path, left_out: frozenset[str]) -> None:
    """A copy that may be changed freely; entries of those names at the top are left out, and sockets and pipes."""
    destination.mkdir(parents=True)
    for entry in os.scandir(source):
        place = f"{destination}/{entry.name}"
        if entry.name in left_out:
            continue
        if entry.is_dir(follow_symlinks=False):
            copy(Path(entry.path), Path(place), frozenset())
        elif entry.is_symlink() or entry.is_file():
            shutil.copy2(entry.path, place, follow_symlinks=False)


def join(source: str | Path, place: str | Path) -> None:
    """The same file there, by a hard link where the disk allows it."""
    try:
        os.link(source, place, follow_symlinks=False)
    except OSError as error:
        if error.errno not in UNLINKABLE:
            raise
        shutil.copy2(source, place, follow_symlinks=False)


def remove(path: Path) -> None:
    """Remove a file or a tree, read-only folders included; nothing there is as good."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        for folder in _folders(path):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                folder.chmod(stat.S_IRWXU)
        shutil.rmtree(path)


def _folders(top: Path) -> Iterator[Path]:
    yield top
    for entry in os.scandir(top):
        if entry.is_dir(follow_symlinks=False):
            yield from _folders(Path(entry.path))
