"""All files below a folder, links among them, each once however the links lead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unreadable(TampuError):
    reason = "remote::unreadable-file"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title=f"{shown} can't be packed",
            found=why,
            expected="a file that you may read, and that stays while it is packed",
            todo=f"Look at it with `ls -l {shown}`; change its mode, or have the script do without it.",
        )


class LeavesOut(Protocol):
    def __call__(self, path: Path, *, folder: bool) -> bool:
        """Whether that entry, with all that is in it, stays here."""


def files_below(root: Path, leaves_out: LeavesOut) -> Iterator[Path]:
    """Files and links; folders only where they are empty. A link to a folder outside counts as that folder."""
    yield from _below(root, root.resolve(), (), leaves_out)


def _below(folder: Path, root: Path, above: tuple[Path, ...], leaves_out: LeavesOut) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Unreadable(str(folder), error.strerror or str(error)) from error
    if not entries:
        yield folder
    for entry in entries:
        path = Path(entry.path)
        is_folder, is_file = _kind(entry)
        if leaves_out(path, folder=is_folder):
            continue
        if is_folder and not (entry.is_symlink() and path.resolve().is_relative_to(root)):
            yield from _below(path, root, (*above, real), leaves_out)
        elif is_folder or is_file:
            yield path


def _kind(entry: os.DirEntry[str]) -> tuple[bool, bool]:
    """Whether it is a folder, and whether a file: a link that goes round in circles is neither."""
    try:
        return entry.is_dir(), entry.is_file()
    except OSError:
        return False, False
