"""Where what a daemon writes goes: into its log itself, or through a pipe to a writer that changes full files.

The pipe has a name, and the program holds both of its ends. So nothing breaks when the writer is killed: the program
goes on until the pipe is full, and the next writer takes up what is in it.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tampu.daemon import apart, become, kept, places, said
from tampu.daemon.log_writer import WAITING

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish

WRITER = "tampu.daemon.log_writer"
PATIENCE = 5.0
PAUSE = 0.005
# How much a program may write while nobody takes it.
CAPACITY = 1 << 20


def keep_and_open(wish: Wish) -> int:
    """In the process that is the daemon now: what it was started with is kept, and what it writes to is opened."""
    return keep_and_share(wish, wish)


def keep_and_inherit(wish: Wish) -> int:
    """In the foreground: what isn't logged goes where ours goes."""
    return keep_and_open(wish) if wish.log else _inherited(wish)


def keep_and_share(wish: Wish, other: Wish) -> int:
    """The same, with the output of another daemon."""
    kept.keep(wish)
    return _open(other)


def _inherited(wish: Wish) -> int:
    kept.keep(wish)
    return os.dup(1)


def _open(wish: Wish) -> int:
    if wish.log:
        wish.log.parent.mkdir(parents=True, exist_ok=True)
    if not wish.log or not wish.rotation:
        return become.log_file(wish)
    # Now, while somebody is there to hear that it can't be written to.
    os.close(become.log_file(wish))
    place = places.place(wish.name, wish.pid_dir)
    pipe = _open_pipe(place.beside("pipe"))
    _bring(wish, place)
    # So that nobody who looks in between brings another one.
    _wait(place, there=True)
    return pipe


def revive(wish: Wish) -> None:
    """Bring the writer back, if somebody has killed it."""
    place = places.place(wish.name, wish.pid_dir)
    if wish.log and wish.rotation and heard(place) is None:
        # Held until the writer holds it: else it would be at its end.
        pipe = _open_pipe(place.beside("pipe"))
        _bring(wish, place)
        _wait(place, there=True)
        os.close(pipe)


def settle(place: Place) -> None:
    """Wait until all that was written is in its file, unless a disk is in the way of that."""
    _wait(place, there=False)


def heard(place: Place) -> dict[str, Any] | None:
    """What the writer is at."""
    return said.heard(place.beside("writer"))


def _wait(place: Place, *, there: bool) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = heard(place)
        if (found is not None) is there or (found and found.get("state") == WAITING):
            return
        time.sleep(PAUSE)


def _bring(wish: Wish, place: Place) -> None:
    if wish.rotation:
        reading = os.open(place.beside("pipe"), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        words = (str(wish.log), str(wish.rotation.size), str(wish.rotation.keep), str(place.beside("writer")))
        apart.start(WRITER, *words, env=dict(wish.env), stdin=reading)
        os.close(reading)


def _open_pipe(path: Path) -> int:
    with suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    found = os.fstat(descriptor)
    if not stat.S_ISFIFO(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise OSError(0, f"{path} isn't a pipe of ours; remove it")
    # More than the usual is a favour of the kernel's.
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, CAPACITY)
    return descriptor
