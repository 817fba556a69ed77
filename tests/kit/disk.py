"""Disks that are full before anything useful is on them, or become so, or can be written to no more."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def tiny(folder: Path, size: str = "64k") -> Iterator[Path]:
    """A disk of that size there, for a while."""
    require.need("mount", "umount")
    require.need_root()
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        require.lack("the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(("umount", str(folder)), check=True)


def leave(folder: Path, room: int) -> None:
    """From now on that disk has so many bytes left, and no more."""
    found = os.statvfs(folder)
    used = (found.f_blocks - found.f_bfree) * found.f_frsize
    _remount(folder, f"size={used + room}")


def freeze(folder: Path) -> None:
    _remount(folder, "ro")


def thaw(folder: Path) -> None:
    _remount(folder, "rw")


def _remount(folder: Path, option: str) -> None:
    subprocess.run(("mount", "-o", f"remount,{option}", str(folder)), check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte more fits on it, for a while."""
    fat = disk / "fat"
    descriptor = os.open(fat, os.O_CREAT | os.O_WRONLY)
    try:
        with suppress(OSError):
            while True:
                os.write(descriptor, bytes(4096))
        os.close(descriptor)
        yield
    finally:
        fat.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    freeze(disk)
    try:
        yield
    finally:
        thaw(disk)
