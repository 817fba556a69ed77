"""Disks that are full before anything useful is on them."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def tiny(folder: Path) -> Iterator[Path]:
    """A disk of 64 kB there, for a while."""
    require.need("mount", "umount")
    require.need_root()
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        require.lack("the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(("umount", str(folder)), check=True)
