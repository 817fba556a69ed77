"""Other kernels than Linux tell of changes, too: watchfiles knows how."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tampu.paste.reload.scope import Scope

AT_ONCE = 1


class Native:
    def __init__(self, scope: Scope, pause: float) -> None:
        from watchfiles._rust_notify import RustNotify

        self.pause: float | None = pause
        self._scope = scope
        self._watches = [self._watch(RustNotify, folder, deep=True) for folder in scope.folders]
        self._watches += [self._watch(RustNotify, folder, deep=False) for folder in scope.single]
        self._make = RustNotify
        self._known = {*scope.folders, *scope.single}

    def fileno(self) -> int:
        return -1

    def look_through(self, folder: str) -> bool:
        self._add(folder, deep=True)
        return False

    def look_at(self, path: str) -> None:
        for each in {path, os.path.realpath(path)}:
            self._add(os.path.dirname(each), deep=False)

    def changes(self) -> set[str]:
        found: set[str] = set()
        for each in self._watches:
            told = each.watch(AT_ONCE, AT_ONCE, AT_ONCE, None)
            if isinstance(told, set):
                found |= {path for _, path in told if self._counts(path) or self._is_new_folder(path)}
        return found

    def close(self) -> None:
        for each in self._watches:
            each.close()

    def _is_new_folder(self, path: str) -> bool:
        """Files in it may have been there before anybody listened."""
        if not os.path.isdir(path) or not self._scope.enters(path):
            return False
        return any(self._scope.counts(file.path) for _, files in self._scope.walk(path) for file in files)

    def _counts(self, path: str) -> bool:
        folder = os.path.dirname(path)
        roots = [each for each in self._scope.folders if path.startswith(each + os.sep)]
        while roots and folder not in roots:
            if not self._scope.enters(folder):
                return path in self._scope.files
            folder = os.path.dirname(folder)
        return self._scope.counts(path)

    def _add(self, folder: str, *, deep: bool) -> None:
        if folder not in self._known and os.path.isdir(folder):
            self._known.add(folder)
            self._watches.append(self._watch(self._make, folder, deep=deep))

    @staticmethod
    def _watch(make: Any, folder: str, *, deep: bool) -> Any:  # noqa: ANN401 - watchfiles' own, in Rust
        return make([folder], False, False, 0, deep, True)  # noqa: FBT003 - debug, polling, its delay, recursive, denied
