"""Linux tells what changes: nothing is done while nothing changes, and nothing waits when something does."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.paste.reload.scope import Scope

CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
OVERFLOW, IGNORED, ONLY_FOLDERS, FOLDER = 0x4000, 0x8000, 0x01000000, 0x40000000
ALL = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | ONLY_FOLDERS
GONE = {errno.ENOENT, errno.ENOTDIR, errno.EACCES}
HEAD = struct.Struct("iIII")
AT_ONCE = 1 << 16


class Inotify:
    """`changes` are paths; that of a folder means that anything may have changed in it."""

    pause: float | None = None

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise _error()
        # One folder may be known by several paths, of which some are links.
        self._folders: dict[int, set[str]] = {}
        for folder in scope.folders:
            self.look_through(folder)
        for folder in scope.single:
            self._add(folder)

    def fileno(self) -> int:
        return self._descriptor

    def look_through(self, folder: str) -> bool:
        """Whether there is a file in it that counts already."""
        there = False
        for _, files in self._scope.walk(folder, self._add):
            there = there or any(self._scope.counts(file.path) for file in files)
        return there

    def look_at(self, path: str) -> None:
        """A file anywhere, also where it is a link to."""
        for each in {path, os.path.realpath(path)}:
            self._add(os.path.dirname(each))

    def changes(self) -> set[str]:
        return set(self._changes())

    def close(self) -> None:
        os.close(self._descriptor)

    def _changes(self) -> Iterator[str]:
        for watch, mask, name in self._events():
            if mask & OVERFLOW:
                yield from self._scope.folders
                continue
            if mask & IGNORED:
                self._folders.pop(watch, None)
                continue
            for folder in tuple(self._folders.get(watch, ())):
                path = os.path.join(folder, name)
                if mask & FOLDER:
                    yield from self._folder(path, mask)
                elif (not mask & CREATE or os.path.islink(path)) and self._scope.counts(path):
                    yield path

    def _folder(self, path: str, mask: int) -> Iterator[str]:
        """Files may be in it before it is looked at."""
        within = any(path.startswith(each + os.sep) for each in self._scope.folders)
        if not within or not self._scope.enters(path):
            return
        # Of one that was deleted, each file was told of.
        if mask & MOVED_FROM or (mask & (CREATE | MOVED_TO) and self.look_through(path)):
            yield path

    def _events(self) -> Iterator[tuple[int, int, str]]:
        try:
            data = os.read(self._descriptor, AT_ONCE)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            watch, mask, _, length = HEAD.unpack_from(data, at)
            at += HEAD.size + length
            yield watch, mask, os.fsdecode(data[at - length : at].rstrip(b"\0"))

    def _add(self, folder: str) -> None:
        watch = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), ALL)
        if watch >= 0:
            self._folders.setdefault(watch, set()).add(folder)
        elif ctypes.get_errno() not in GONE:
            raise _error()


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
