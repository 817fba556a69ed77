"""Files beyond the project that an app turned out to be made of."""

from __future__ import annotations

import os
import sysconfig
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tampu.paste.reload.scope import Scope
    from tampu.paste.reload.watching import Watcher

STANDARD = tuple(os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib"))
PACKAGES = ("site-packages", "dist-packages")


class Outside:
    def __init__(self, scope: Scope, watcher: Watcher, foreign: tuple[str, ...]) -> None:
        self._scope = scope
        self._watcher = watcher
        self._foreign = foreign
        self._seen: dict[str, int] = {}
        self._changed: set[str] = set()

    def learn(self, message: dict[str, Any]) -> bool:
        """Whether one of them may have changed since it was loaded, when nobody watched it."""
        for path in [
            *(path for _, path in message["foreign"] if not _is_standard(path)),
            *message["own"],
            *message["configs"],
        ]:
            if path in self._scope.files:
                continue
            self._scope.files.add(path)
            if self._is_within(path):
                continue
            folder = None if path.startswith(self._foreign) else _package(path)
            if folder and self._scope.grow(folder):
                self._watcher.look_through(folder)
                self._compare_all(folder, message["began"])
            self._watcher.look_at(path)
            self._compare(path, message["began"])
        return bool(self._changed)

    def changed(self) -> set[str]:
        found, self._changed = self._changed, set()
        return found

    def _is_within(self, path: str) -> bool:
        """Of a folder that was watched from the beginning."""
        if path.startswith(self._foreign) or os.path.realpath(path) != path:
            return False
        return any(path.startswith(each + os.sep) for each in self._scope.folders)

    def _compare_all(self, folder: str, began: int) -> None:
        for _, entries in self._scope.walk(folder):
            for entry in entries:
                if self._scope.counts(entry.path):
                    self._compare(entry.path, began)

    def _compare(self, path: str, began: int) -> None:
        try:
            written = os.stat(path).st_mtime_ns
        except OSError:
            return
        if written >= began and self._seen.get(path) != written:
            self._changed.add(path)
        self._seen[path] = written


def _package(path: str) -> str | None:
    """The folder of the outermost package that a module is in."""
    folder, found = os.path.dirname(path), None
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, found = os.path.dirname(folder), folder
    return found


def _is_standard(path: str) -> bool:
    return os.path.realpath(path).startswith(STANDARD) and not any(
        f"{os.sep}{each}{os.sep}" in path for each in PACKAGES
    )
