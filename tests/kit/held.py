"""An app whose texts are held in memory, beside what stands in a folder that stays as it is."""

from __future__ import annotations

import posixpath
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.facts.tree import Tree
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where nothing is, and nothing comes to be.
EMPTY = Path("/proc/empty")


@dataclass(frozen=True, slots=True)
class Held(Tree):
    files: Mapping[str, bytes]

    def within(self, folder: str) -> Tree:
        if folder == ".":
            return self
        inside = {name: data for name, data in self.files.items() if name.startswith(f"{folder}/")}
        return Held(self.root / folder, {posixpath.relpath(name, folder): data for name, data in inside.items()})

    def has(self, name: str) -> bool:
        return name in self.files or _on_disk(self.root, name) is not None

    def data(self, name: str) -> bytes | None:
        return self.files[name] if name in self.files else _on_disk(self.root, name)


@lru_cache(maxsize=1000)
def _on_disk(root: Path, name: str) -> bytes | None:
    return Tree(root).data(name)
