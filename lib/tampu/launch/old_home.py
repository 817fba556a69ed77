"""`/home/dotcloud`, where an app's home was on dotCloud, for configurations that still name it."""

from __future__ import annotations

import glob
import os
from contextlib import suppress

from refusal import say, why

OLD_HOME = "/home/dotcloud"
PATTERNS = ("*nginx.conf", "*uwsgi.conf", "supervisord.conf")


def link(home: str, current: str, old: str = OLD_HOME) -> None:
    """Only where a file of the app needs it, and nothing is in that place but a link that leads nowhere."""
    names = naming(current, old)
    if not names or os.path.realpath(old) == os.path.realpath(home):
        return
    try:
        if os.path.islink(old) and not os.path.exists(old):
            os.unlink(old)
        os.symlink(home, old)
    except OSError as error:
        reason = "something else is there" if os.path.lexists(old) else why(error)
        say(
            f"{', '.join(names)} of the app name {old}, which can't be made a link to {home}: {reason}.\n"
            "Paths like app/current/static/ work everywhere in nginx's configuration, and\n"
            "%(ENV_HOME)s/current in that of supervisord."
        )


def naming(current: str, old: str) -> list[str]:
    """The files of the app's that name the old home."""
    found = [path for pattern in PATTERNS for path in glob.glob(os.path.join(glob.escape(current), pattern))]
    return sorted(os.path.basename(path) for path in found if old.encode() in _content(path))


def _content(path: str) -> bytes:
    with suppress(OSError), open(path, "rb") as file:
        return file.read()
    return b""
