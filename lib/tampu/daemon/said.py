"""A file in which a helper of a daemon says what it is at; who has the lock on it is that helper."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

from tampu.daemon import record_lock
from tampu.daemon.record_lock import SAFELY

# Overwritten in place, so that even a full disk takes it.
SIZE = 1024
PAUSE = 0.005


class Said:
    """For the helper itself, which opens it once and keeps it open."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | SAFELY, 0o600)
        self._last: dict[str, Any] = {}

    def take(self) -> bool:
        """Whether this process is the helper now."""
        return record_lock.take(self._descriptor)

    def take_over(self) -> None:
        """An older helper ends now."""
        while not self.take():
            end(self._descriptor, signal.SIGTERM)
            time.sleep(PAUSE)

    def say(self, **facts: str | float) -> None:
        if facts != self._last:
            text = json.dumps({"pid": os.getpid(), "since": time.time(), **facts})
            os.pwrite(self._descriptor, text.encode()[:SIZE].ljust(SIZE), 0)
            self._last = facts


def heard(path: str) -> dict[str, Any] | None:
    """What the helper says, which is nothing at its very start; None if there is none, or none that we may know of."""
    try:
        descriptor = os.open(path, os.O_RDWR | SAFELY)
    except OSError:
        return None
    try:
        found = record_lock.holder(descriptor)
        if found is None:
            return None
        said: dict[str, Any] = json.loads(os.pread(descriptor, SIZE, 0) or b"{}")
    except ValueError:
        return {}
    finally:
        os.close(descriptor)
    # What an earlier one said is nothing any more.
    return said if said.get("pid") == found else {}


def last_said(path: str) -> float:
    """When somebody said something there, who may be gone by now; 0 if nobody ever did."""
    try:
        with open(path, "rb") as file:
            return float(json.loads(file.read() or b"{}").get("since", 0))
    except (OSError, ValueError):
        return 0.0


def dismiss(path: str) -> bool:
    """End the helper at once, whatever it is at; whether there was one."""
    try:
        descriptor = os.open(path, os.O_RDWR | SAFELY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        there = False
        while end(descriptor, signal.SIGKILL):
            there = True
            time.sleep(PAUSE)
        return there
    finally:
        os.close(descriptor)


def end(descriptor: int, number: int) -> bool:
    """Signal whoever has the lock; what is signalled is that process or nobody."""
    found = record_lock.holder(descriptor)
    if not found:
        return False
    try:
        process = os.pidfd_open(found)
    except ProcessLookupError:
        return True
    try:
        if record_lock.holder(descriptor) == found:
            signal.pidfd_send_signal(process, number)
    except ProcessLookupError:
        return True
    finally:
        os.close(process)
    return True
