"""Wakes a loop that waits for sockets: from a thread, or from the handler of a signal."""

from __future__ import annotations

import os
import signal
from contextlib import suppress


class Bell:
    def __init__(self) -> None:
        self._ear, self._clapper = os.pipe()
        for end in (self._ear, self._clapper):
            os.set_blocking(end, False)

    def fileno(self) -> int:
        return self._ear

    def ring(self) -> None:
        # Full: it has been rung and nobody has come yet.
        with suppress(BlockingIOError):
            os.write(self._clapper, b"\n")

    def ring_at_signals(self) -> None:
        """Also at one that comes just before the loop begins to wait: its handler would run when that is over."""
        signal.set_wakeup_fd(self._clapper, warn_on_full_buffer=False)

    def heard(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._ear, 1 << 16)

    def close(self) -> None:
        os.close(self._ear)
        os.close(self._clapper)
