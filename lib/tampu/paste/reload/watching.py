"""How changes become known: from the kernel where it can tell, else by looking."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol

from tampu.paste.reload.polling import Polling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.paste.asking import Reload
    from tampu.paste.reload.scope import Scope

MOUNTS = "/proc/self/mountinfo"
# Somebody else may write there, of which this kernel hears nothing.
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "vboxsf", "prl_fs", "virtiofs"})
NATIVE_PAUSE = 0.05


class Watcher(Protocol):
    """`pause` is how long to wait before the next look; without one, its descriptor says when."""

    pause: float | None

    def fileno(self) -> int: ...

    def look_through(self, folder: str) -> bool:
        """At all in it, too."""

    def look_at(self, path: str) -> None:
        """At that file, too."""

    def changes(self) -> set[str]:
        """Since the last look."""

    def close(self) -> None: ...


def watcher(scope: Scope, wish: Reload) -> Watcher:
    """Begins to watch at once."""
    if not wish.poll and not any(map(is_remote, scope.folders)):
        for make in (_inotify, _native):
            found = make(scope)
            if found:
                return found
    return Polling(scope, wish.interval)


def is_remote(folder: str, mounts: str = MOUNTS) -> bool:
    try:
        with open(mounts, encoding="utf-8", errors="replace") as file:
            lines = file.readlines()
    except OSError:
        return False
    kind = _kind_at(os.path.realpath(folder), lines)
    return kind in REMOTE or kind.startswith("fuse.")


def _kind_at(folder: str, lines: Iterable[str]) -> str:
    best, kind = "", ""
    for line in lines:
        before, _, after = line.partition(" - ")
        point = before.split()[4].replace("\\040", " ")
        if (folder + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind


def _inotify(scope: Scope) -> Watcher | None:
    if sys.platform != "linux":
        return None
    from tampu.paste.reload.inotify import Inotify

    try:
        return Inotify(scope)
    except OSError:
        # The kernel's limit of watches, or of users of it.
        return None


def _native(scope: Scope) -> Watcher | None:
    """Where this Python is one that tampu's own tools were installed for."""
    from tampu.paste.reload.native import Native

    try:
        return Native(scope, NATIVE_PAUSE)
    except (ImportError, OSError):
        return None
