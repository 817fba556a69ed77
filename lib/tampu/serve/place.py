"""Where the record of a server in the background is: the pid file that was asked for, and what belongs to it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon.places import LONGEST_NAME, Place, is_name
from tampu.errors import TampuError
from tampu.serve import ours

if TYPE_CHECKING:
    from tampu.serve.options import Call

# Beside the pid file: whoever names the same file means the same server, wherever they are.
STATE = "servers"
UNFIT = re.compile(r"[^\w@+.:, -]|^[^\w@+]")


class NoPidFile(TampuError):
    reason = "serve::pid-file"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            title=f"The pid file {path} can't be used",
            found=why,
            expected="a file in a folder that is there, and that you may write to",
            todo="Make the folder, or name another file with --pid-file.",
        )


def of(call: Call) -> Place:
    path = call.pid
    name = path.name.removesuffix(".pid")
    if not is_name(name):
        digest = hashlib.sha256(path.name.encode()).hexdigest()[:8]
        name = f"{UNFIT.sub('_', name)[: LONGEST_NAME // 2]}-{digest}"
    return Place(folder=str(path.parent / ours.NAME / STATE), name=name, file=str(path))


def make(place: Place) -> None:
    """With a word to git to leave it alone."""
    file = Path(place.record)
    found = "" if file.parent.is_dir() else f"no folder {file.parent}"
    if file.is_dir():
        found = "a folder"
    if found:
        raise NoPidFile(file, found)
    try:
        ours.make(file.parent)
        Path(place.folder).mkdir(exist_ok=True)
    except OSError as error:
        raise NoPidFile(file, f"{error.filename}: {error.strerror}") from error
