"""A lock on a file that names its holder, and that the kernel lets go of with it.

A process loses it when it closes any descriptor of that file: whoever holds one opens the file once.
"""

from __future__ import annotations

import fcntl
import os
import struct

SAFELY = os.O_CLOEXEC | os.O_NOFOLLOW
LAYOUT = "hhqqi"
# The holder is in another pid namespace, and no signal of ours would reach it.
ELSEWHERE = 0


def take(descriptor: int, start: int = 0, length: int = 0) -> bool:
    """Whether this process has it now; the descriptor is open for writing. No length is the whole file."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
    except (BlockingIOError, PermissionError):
        return False
    return True


def give_back(descriptor: int, start: int = 0, length: int = 0) -> None:
    fcntl.lockf(descriptor, fcntl.LOCK_UN, length, start)


def holder(descriptor: int, start: int = 0, length: int = 0) -> int | None:
    """The process that has it, if any but this one does."""
    question = struct.pack(LAYOUT, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    kind, _, _, _, pid = struct.unpack(LAYOUT, fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    return None if kind == fcntl.F_UNLCK else max(int(pid), ELSEWHERE)
