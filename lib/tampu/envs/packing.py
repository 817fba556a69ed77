"""Archives of trees: for the same tree, the same bytes."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.world.environ import EPOCH

if TYPE_CHECKING:
    from pathlib import Path

MODE_TO_RUN = 0o755
MODE_TO_READ = 0o644
EXECUTABLE = 0o111


def pack(tree: Path, archive: Path, top: str = "") -> None:
    """A .tar.gz of what is in the tree; with `top`, in a folder of that name."""
    with (
        archive.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(tree.rglob("*")):
            name = PurePosixPath(top, path.relative_to(tree))
            tar.add(path, str(name), recursive=False, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    runs = member.isdir() or bool(member.mode & EXECUTABLE)
    mode = MODE_TO_RUN if runs else MODE_TO_READ
    return member.replace(mtime=EPOCH, mode=mode, uid=0, gid=0, uname="", gname="", deep=False)
