"""The log file of a server: its user's own, and what was written to it since."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tampu.daemon import become, readiness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tampu.daemon.become import Person
    from tampu.daemon.wish import Wish

LINES = 60
MOST = 1 << 16


def opened_as(person: Person | None) -> Callable[[Wish], int]:
    return lambda wish: _opened(wish, person)


def since(log: Path, written: int) -> list[str]:
    """The last lines behind the first `written` bytes."""
    return readiness.since(log, written, MOST).decode("utf-8", "backslashreplace").splitlines()[-LINES:]


def _opened(wish: Wish, person: Person | None) -> int:
    """By that user, where that user may write; else by root, and then it is that user's."""
    if person is None:
        return become.log_file(wish)
    user, group = os.geteuid(), os.getegid()
    os.setegid(person.gid)
    os.seteuid(person.uid)
    try:
        return become.log_file(wish)
    except PermissionError:
        pass
    finally:
        os.seteuid(user)
        os.setegid(group)
    descriptor = os.open(str(wish.log), become.APPENDED | os.O_NOFOLLOW, become.LOG_MODE)
    os.fchown(descriptor, person.uid, person.gid)
    return descriptor
