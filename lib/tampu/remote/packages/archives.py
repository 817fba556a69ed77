"""Archives of packages beside a project's files, as its list names them: they come along with a package's folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tampu.facts.entries.files import is_file
from tampu.remote.choose.mods import ARCHIVE
from tampu.remote.stores.trees import item_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FOLDER = "archives"


def archives(requirements: Iterable[str], root: Path) -> dict[str, Path]:
    """By their lines, as far as they are there."""
    found = {line: root / match["place"] for line in requirements if (match := ARCHIVE.match(line))}
    return {line: path for line, path in found.items() if is_file(path)}


def by_content(requirements: Sequence[str], root: Path) -> list[str]:
    """The lines, with what is in an archive instead of where it lies."""
    there = archives(requirements, root)
    return [f"{item_of(there[line]).sha}{_rest(line)}" if line in there else line for line in requirements]


def carry(requirements: Iterable[str], root: Path, folder: Path) -> None:
    for path in archives(requirements, root).values():
        (folder / FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(path, folder / FOLDER / path.name)


def carried(line: str, folder: Path) -> str:
    """The same, where the archive came along: by its place from beside that folder."""
    found = ARCHIVE.match(line)
    name = found["place"].rpartition("/")[2] if found else ""
    there = bool(name) and is_file(folder / FOLDER / name)
    return f"./{folder.name}/{FOLDER}/{name}{_rest(line)}" if there else line


def _rest(line: str) -> str:
    """What a line says after the archive's path."""
    found = ARCHIVE.match(line)
    return line[found.end() :] if found else ""
