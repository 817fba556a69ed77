"""Trees: what travels to a host and lies there under its ID."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CODE, ENVS, PYTHONS = "trees", "envs", "pythons"
OF_OWNER_TO_RUN = 0o100
PIECE = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file by its content, or a link to what `link` says."""

    sha: str = ""
    size: int = 0
    runs: bool = False
    link: str = ""

    def told(self) -> list[str | int | bool]:
        return [self.link] if self.link else [self.sha, self.size, self.runs]

    @classmethod
    def of(cls, first: str, size: int = 0, runs: bool | None = None) -> Item:  # noqa: FBT001 - as it was told
        return cls(link=first) if runs is None else cls(sha=first, size=size, runs=runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """`sources` says where each content lies here; `notes` are words for the host about it.

    `bytecode` is what the host can make of the others itself.
    """

    kind: str
    id: str
    items: Mapping[str, Item]
    sources: Mapping[str, Path]
    folders: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    bytecode: Mapping[str, Item] = field(default_factory=dict)

    def complete(self) -> Tree:
        """With all that the host would make."""
        return replace(self, items={**self.items, **self.bytecode}, bytecode={})

    @property
    def size(self) -> int:
        return sum(item.size for item in self.items.values())

    @property
    def places(self) -> frozenset[str]:
        """Whatever is there: files, links, folders, and the top as a dot."""
        named = (*self.items, *self.folders)
        return frozenset((*named, *(above.as_posix() for each in named for above in PurePosixPath(each).parents)))

    def told(self) -> dict[str, object]:
        items = {path: item.told() for path, item in self.items.items()}
        return {"kind": self.kind, "id": self.id, "items": items, "folders": self.folders, "notes": dict(self.notes)}


def code_tree(files: Mapping[str, Path], folders: Iterable[str] = ()) -> Tree:
    """Of files by their places in it; its ID is what is in it."""
    items: dict[str, Item] = {}
    sources: dict[str, Path] = {}
    for place, path in sorted(files.items()):
        items[place] = item_of(path)
        if items[place].sha:
            sources[items[place].sha] = path
    empty = tuple(sorted(folders))
    text = json.dumps([{place: item.told() for place, item in items.items()}, empty], sort_keys=True)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    return Tree(kind=CODE, id=digest, items=items, sources=sources, folders=empty)


def item_of(path: Path) -> Item:
    if path.is_symlink():
        return Item(link=str(path.readlink()))
    made = hashlib.sha256()
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            while data := file.read(PIECE):
                made.update(data)
    except OSError as error:
        # What fails while it is read doesn't say which file it is.
        error.filename = str(path)
        raise
    return Item(sha=made.hexdigest(), size=found.st_size, runs=bool(found.st_mode & OF_OWNER_TO_RUN))
