"""The folder in a project that is ours: git leaves it alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = ".tampu"
IGNORED = "*\n"


def make(project: Path) -> Path:
    folder = project / NAME
    folder.mkdir(exist_ok=True)
    with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="ascii") as file:
        file.write(IGNORED)
    return folder
