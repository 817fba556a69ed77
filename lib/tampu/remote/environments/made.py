"""Trees that were made here to travel: kept for the next host, with the hashes of what is in them."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote.stores.trees import OF_OWNER_TO_RUN, Item, Tree, item_of
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TREE, TOLD, BYTECODE = "tree", "told.json", "bytecode"
ROOMY = 8
# What is younger may be on its way to a host.
IN_USE = 24 * 60 * 60.0


def kept(place: Path) -> Tree | None:
    """What was kept there, if all of it is still of the same size."""
    try:
        document = json.loads((place / TOLD).read_text(encoding="utf-8"))
        items = {path: Item.of(*told) for path, told in document["items"].items()}
        os.utime(place)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not all(_is_as(item, f"{place}/{TREE}/{path}") for path, item in items.items()):
        return None
    bytecode = _bytecode(place / BYTECODE)
    return Tree(
        kind=document["kind"],
        id=document["id"],
        items=items,
        sources=_sources(place / TREE, items) | _sources(place / BYTECODE / TREE, bytecode),
        notes=document["notes"],
        bytecode=bytecode,
    )


def _sources(folder: Path, items: Mapping[str, Item]) -> dict[str, Path]:
    return {item.sha: folder / path for path, item in items.items() if item.sha}


def _bytecode(place: Path) -> dict[str, Item]:
    """All of it, or none."""
    try:
        items = {path: Item.of(*told) for path, told in json.loads((place / TOLD).read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return items if all(_is_as(item, f"{place}/{TREE}/{path}") for path, item in items.items()) else {}


def keep(bench: Path, place: Path, wish: Tree, known: Mapping[str, str]) -> Tree:
    """Keep the bench's tree at that place, as the tree that is wished; what has no known hash is read for one."""
    skip = len(str(bench / TREE)) + 1
    entries = {entry.path[skip:]: entry for entry in _entries(str(bench / TREE))}
    items = {path: _read(entries[path], known.get(path, "")) for path in sorted(entries)}
    made = Tree(kind=wish.kind, id=wish.id, items=items, sources={}, notes=wish.notes)
    whole, spoilt = bench / "whole", bench / "spoilt"
    whole.mkdir()
    (bench / TREE).rename(whole / TREE)
    files.replace(whole / TOLD, json.dumps(made.told()))
    place.parent.mkdir(parents=True, exist_ok=True)
    _make_room(place.parent)
    if kept(place) is None:
        # Whoever makes the same at the same time has the same right to these places.
        with suppress(OSError):
            place.rename(spoilt)
        with suppress(OSError):
            whole.rename(place)
    found = kept(place)
    if found is None:
        raise files.NotWritable(str(place), "what was just put there is gone")
    return found


def _is_as(item: Item, path: str) -> bool:
    try:
        return bool(item.link) or os.stat(path).st_size == item.size  # noqa: PTH116 - thousands of files
    except OSError:
        return False


def _read(entry: os.DirEntry[str], sha: str) -> Item:
    if not sha or entry.is_symlink():
        return item_of(Path(entry.path))
    found = entry.stat()
    return Item(sha=sha, size=found.st_size, runs=bool(found.st_mode & OF_OWNER_TO_RUN))


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path)
        else:
            yield entry


def _make_room(folder: Path) -> None:
    """Drop what nobody has used for long; somebody else may be dropping it, too."""
    with suppress(OSError):
        ages = sorted(((each.stat().st_mtime, each) for each in folder.iterdir()), reverse=True)
        for age, each in ages[ROOMY:]:
            if time.time() - age > IN_USE:
                files.remove(each)
