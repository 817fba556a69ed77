"""No program outlives supervisord, and no worker of nginx outlives its master, even if these are killed."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from supervisor.process import Subprocess

# Of prctl: what this process is sent when its parent ends.
PR_SET_PDEATHSIG = 1


def bind(process: Subprocess) -> None:
    """Each child is told to stop when supervisord has ended without a word."""
    tie = _knot()
    if not tie:
        return
    supervisord, become = os.getpid(), process.set_uid

    def become_and_tie() -> object:
        # In this order, as another user's process is tied to nobody.
        message = become()
        tie(process.config.stopsignal)
        if os.getppid() != supervisord:
            os.kill(os.getpid(), signal.SIGKILL)
        return message

    process.set_uid = become_and_tie


def take_along(process: Subprocess) -> None:
    """What an ended program has left of its own, in its group of processes, is told to stop."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, process.config.stopsignal)


def _knot() -> Callable[[int], object] | None:
    try:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None
    return lambda number: prctl(PR_SET_PDEATHSIG, int(number))
