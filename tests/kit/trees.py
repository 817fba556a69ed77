"""Two trees compared: names, modes, bytes and where links point; owners and times don't count."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """All that counts of one file, folder or link."""

    kind: str
    mode: str
    content: str


def listing(tree: Path) -> dict[str, Entry]:
    return {str(path.relative_to(tree)): _entry(path) for path in sorted(tree.rglob("*"))}


def digest(tree: Path) -> str:
    text = "".join(f"{name}\0{entry}\0" for name, entry in listing(tree).items())
    return hashlib.sha256(text.encode()).hexdigest()


def difference(one: Path, other: Path) -> list[str]:
    """A line for each thing that isn't the same in both trees, in the order of names; nothing when they are equal."""
    mine, theirs = listing(one), listing(other)
    return [
        line for name in sorted(mine.keys() | theirs.keys()) for line in _unlike(name, mine.get(name), theirs.get(name))
    ]


def _entry(path: Path) -> Entry:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return Entry("link", "", str(path.readlink()))
    if stat.S_ISDIR(mode):
        return Entry("folder", stat.filemode(mode), "")
    if stat.S_ISREG(mode):
        return Entry("file", stat.filemode(mode), hashlib.sha256(path.read_bytes()).hexdigest())
    return Entry("special file", stat.filemode(mode), "")


def _unlike(name: str, mine: Entry | None, theirs: Entry | None) -> Iterator[str]:
    if mine is None:
        yield f"{name}: only in the second"
    elif theirs is None:
        yield f"{name}: only in the first"
    elif mine.kind != theirs.kind:
        yield f"{name}: a {mine.kind} in the first, a {theirs.kind} in the second"
    else:
        if mine.mode != theirs.mode:
            yield f"{name}: mode {mine.mode} in the first, {theirs.mode} in the second"
        if mine.content != theirs.content:
            yield _other_content(name, mine, theirs)


def _other_content(name: str, mine: Entry, theirs: Entry) -> str:
    if mine.kind == "link":
        return f"{name}: points to {mine.content} in the first, {theirs.content} in the second"
    return f"{name}: other bytes"
