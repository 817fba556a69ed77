"""For programs: tell whoever started this one how it is doing. Without anybody who listens, nothing happens.

from tampu import notify
notify.ready("serving on port 8000")
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# systemd kills who says nothing for that long; to say it twice as often leaves room for a slow one.
MARGIN = 2
MICROSECOND = 1e-6
NANOSECONDS_IN_A_MICROSECOND = 1000


def ready(status: str = "") -> bool:
    """What it is here for can be done now."""
    return tell("READY=1", *([f"STATUS={_line(status)}"] if status else []))


def status(text: str) -> bool:
    return tell(f"STATUS={_line(text)}")


def stopping() -> bool:
    return tell("STOPPING=1")


def reloading() -> bool:
    """Say `ready()` when it is done."""
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // NANOSECONDS_IN_A_MICROSECOND
    return tell("RELOADING=1", f"MONOTONIC_USEC={now}")


def alive() -> bool:
    """For the watchdog; see `watchdog` for how often."""
    return tell("WATCHDOG=1")


def watchdog(environ: Mapping[str, str] = os.environ) -> float:
    """Say `alive()` every so many seconds; 0 where nobody waits for it."""
    text, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not text.isdecimal() or pid not in {"", str(os.getpid())}:
        return 0.0
    return int(text) * MICROSECOND / MARGIN


def tell(*lines: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody listens."""
    place = environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return False
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as client:
        try:
            client.sendto("\n".join(lines).encode(), address)
        except OSError:
            return False
    return True


def _line(text: str) -> str:
    return " ".join(text.split())
