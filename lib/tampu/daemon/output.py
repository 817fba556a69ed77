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
    from tampu.daemon.places import Place
    from tampu.daemon.wish import Rotation, Wish

WRITER = "tampu.daemon.log_writer"
# Looks, and not seconds: in those, a machine may have stood still.
PATIENCE = 1000
PAUSE = 0.005
# How much a program may write while nobody takes it.
CAPACITY = 1 << 20


def keep_and_open(wish: Wish) -> int:
    """In the process that is the daemon now: what it was started with is kept, and what it writes to is opened."""
    return keep_and_share(wish, wish)


def keep_and_inherit(wish: Wish) -> int:
    """In the foreground: what isn't logged goes where ours goes."""
    kept.keep(wish)
    return _open(wish) if wish.log else os.dup(1)


def keep_and_share(wish: Wish, other: Wish) -> int:
    """The same, with the output of another daemon."""
    kept.keep(wish)
    return _open(other)


def _open(wish: Wish) -> int:
    if wish.log:
        wish.log.parent.mkdir(parents=True, exist_ok=True)
    if not wish.log or not wish.rotation:
        return become.log_file(wish)
    # Now, while somebody is there to hear that it can't be written to.
    os.close(become.log_file(wish))
    return _bring_writer(wish, wish.rotation, places.place(wish.name, wish.pid_dir))


def revive(wish: Wish) -> None:
    """Bring the writer back, if somebody has killed it."""
    place = places.place(wish.name, wish.pid_dir)
    if wish.log and wish.rotation and heard(place) is None:
        os.close(_bring_writer(wish, wish.rotation, place))


def settle(place: Place) -> None:
    """Wait until all that was written is in its file, unless a disk is in the way of that."""
    _wait(place, there=False)


def heard(place: Place) -> dict[str, Any] | None:
    """What the writer is at."""
    return said.heard(place.beside("writer"))


def _wait(place: Place, *, there: bool) -> None:
    for _ in range(PATIENCE):
        found = heard(place)
        # One that has said nothing yet is there, and isn't known.
        if (bool(found) if there else found is None) or (found and found.get("state") == WAITING):
            return
        time.sleep(PAUSE)


def _bring_writer(wish: Wish, rotation: Rotation, place: Place) -> int:
    """Gives the pipe, which is held until the writer holds it: else it would be at its end."""
    pipe = _open_pipe(place.beside("pipe"))
    reading = os.open(place.beside("pipe"), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    words = (str(wish.log), str(rotation.size), str(rotation.keep), place.beside("writer"))
    apart.start(WRITER, *words, env=dict(wish.env), stdin=reading)
    os.close(reading)
    # So that nobody who looks in between brings another one.
    _wait(place, there=True)
    return pipe


def _open_pipe(path: str) -> int:
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
