"""What changes is found by looking: where no kernel tells it, as of files that another machine writes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.paste.reload.scope import Scope

    Mark = tuple[int, int, int]


class Polling:
    def __init__(self, scope: Scope, pause: float) -> None:
        self.pause: float | None = pause
        self._scope = scope
        self._known = dict(self._look())

    def fileno(self) -> int:
        return -1

    def look_through(self, folder: str) -> bool:
        for path, mark in self._within(folder):
            self._known.setdefault(path, mark)
        return False

    def look_at(self, path: str) -> None:
        mark = _mark(path)
        if mark:
            self._known.setdefault(path, mark)

    def changes(self) -> set[str]:
        before, self._known = self._known, dict(self._look())
        return {path for path, _ in before.items() ^ self._known.items()}

    def close(self) -> None:
        """Nothing is held."""

    def _look(self) -> Iterator[tuple[str, Mark]]:
        for folder in self._scope.folders:
            yield from self._within(folder)
        for path in self._scope.files:
            mark = _mark(path)
            if mark:
                yield path, mark

    def _within(self, folder: str) -> Iterator[tuple[str, Mark]]:
        for _, files in self._scope.walk(folder):
            for file in files:
                mark = _mark(file.path) if self._scope.counts(file.path) else None
                if mark:
                    yield file.path, mark


def _mark(path: str) -> Mark | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
