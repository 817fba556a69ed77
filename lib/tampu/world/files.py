"""Trees of files: hard-linked from one place to another, written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UNLINKABLE = {errno.EXDEV, errno.EMLINK, errno.EPERM, errno.ENOTSUP}
FULL = {errno.ENOSPC, errno.EDQUOT}
UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}


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
            advice=(
                f"Found:    no space left while writing {path}\n"
                "Expected: room for the app's environment and its cached copy\n\n"
                "Free some space on it, or choose a larger disk, and build again.\nNothing half-written was kept."
            ),
        )


class NotWritable(TampuError):
    reason = "disk::not-writable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            title=f"{path} can't be written",
            advice=(
                f"Found:    {why}\n"
                "Expected: a folder that the user who builds may write to\n\n"
                "Change its owner or its mode, or build as another user."
            ),
        )


def disk_error(error: OSError) -> TampuError:
    """The error of ours that says what a failed write means to a person."""
    path = str(error.filename2 or error.filename or "a file")
    return DiskFull(path) if error.errno in FULL else NotWritable(path, error.strerror or str(error))


def is_disks_fault(error: OSError) -> bool:
    return error.errno in FULL | UNWRITABLE


def write(root: Path, files: Iterable[File]) -> None:
    for file in files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, file.text, 0o755 if file.executable else 0o644)


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
    destination.mkdir(parents=True, exist_ok=True)
    if source.stat().st_dev == destination.stat().st_dev:
        _graft(str(source), str(destination))
    else:
        # Numbers of files say nothing across disks.
        remove(destination)
        _graft(str(source), str(destination))


def _graft(source: str, destination: str) -> None:
    there = _opened(source, destination)
    for entry in os.scandir(source):
        place = f"{destination}/{entry.name}"
        old = there.pop(entry.name, None)
        if old and old.is_dir(follow_symlinks=False) != entry.is_dir(follow_symlinks=False):
            remove(Path(place))
            old = None
        if entry.is_dir(follow_symlinks=False):
            _graft(entry.path, place)
        elif not old or old.inode() != entry.inode():
            _join(entry.path, place)
    for gone in there.values():
        remove(Path(gone.path))


def _opened(source: str, destination: str) -> dict[str, os.DirEntry[str]]:
    """What is in the destination, once it is a folder with the rights of the source."""
    try:
        Path(destination).mkdir()
    except FileExistsError:
        mode = Path(source).stat().st_mode
        if Path(destination).stat().st_mode != mode:
            Path(destination).chmod(stat.S_IMODE(mode))
        return {entry.name: entry for entry in os.scandir(destination)}
    return {}


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


def _join(source: str, place: str) -> None:
    try:
        os.link(source, place, follow_symlinks=False)
    except FileExistsError:
        Path(place).unlink()
        _join(source, place)
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
