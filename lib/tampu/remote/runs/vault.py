"""What a replay needs of a run: its code, its lock and its input, kept by their content as long as there is room."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.remote.runs.witness import BLOBS, RECORDS, write
from tampu.remote.stores.trees import CODE, Item, Tree, item_of
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCKS, TREES = "locks", "trees"
BUDGET = 1 << 30
# One file doesn't take the room of all others; where it stays as it is, a replay takes it from its place.
LARGEST = BUDGET >> 4
MOST_RECORDS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    folder: Path
    budget: int = BUDGET

    def keep(self, tree: Tree, lock: str) -> None:
        """What is there already is as good as new."""
        write(str(self._place(TREES, tree.id)), json.dumps(tree.told()).encode())
        if lock:
            write(str(self._place(LOCKS, digest(lock))), lock.encode())
        kept = [self._keep(sha, source) for sha, source in tree.sources.items()]
        if any(kept):
            self._make_room()

    def code(self, name: str, root: Path) -> Tree | None:
        """With a source for each content that is still to be had: here, or where the run took it from."""
        try:
            told = json.loads(self._place(TREES, name).read_text(encoding="utf-8"))
            items = {path: Item.of(*item) for path, item in told["items"].items()}
            tree = Tree(kind=CODE, id=name, items=items, sources={}, folders=tuple(told["folders"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return replace(tree, sources=dict(self._sources(tree, root)))

    def lock(self, name: str) -> str | None:
        with suppress(OSError, ValueError):
            found = self._place(LOCKS, name).read_text(encoding="utf-8")
            return found if digest(found) == name else None
        return None

    def input(self, name: str) -> bytes | None:
        with suppress(OSError):
            found = self._place(BLOBS, name).read_bytes()
            return found if hashlib.sha256(found).hexdigest() == name else None
        return None

    def _sources(self, tree: Tree, root: Path) -> Iterator[tuple[str, Path]]:
        for path, item in tree.items.items():
            for place in (self._place(BLOBS, item.sha), root / path) if item.sha else ():
                with suppress(OSError):
                    if item_of(place.resolve()).sha == item.sha:
                        yield item.sha, place
                        break

    def _keep(self, sha: str, source: Path) -> bool:
        place = self._place(BLOBS, sha)
        try:
            os.utime(place)
        except OSError:
            with suppress(OSError):
                data = source.read_bytes() if source.stat().st_size <= min(LARGEST, self.budget) else b""
                if hashlib.sha256(data).hexdigest() == sha:
                    write(str(place), data)
                    return True
        return False

    def _make_room(self) -> None:
        """What was last used longest ago goes first."""
        with suppress(OSError):
            found = [(each.stat(), each) for each in self._place(BLOBS, "").iterdir()]
            whole = sum(about.st_size for about, _ in found)
            for about, each in sorted(found, key=lambda pair: pair[0].st_mtime):
                if whole <= self.budget:
                    break
                each.unlink(missing_ok=True)
                whole -= about.st_size
            records = sorted(self._place(RECORDS, "").iterdir(), key=lambda each: each.stat().st_mtime)
            for each in records[:-MOST_RECORDS]:
                each.unlink(missing_ok=True)

    def _place(self, kind: str, name: str) -> Path:
        return self.folder / kind / name


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
