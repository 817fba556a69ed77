"""The lock of a daemon: four bytes of a file that each belong to one process at most, and to nobody once it has ended.

They are POSIX record locks. A child doesn't inherit them, so a worker that outlives its daemon is not taken for it, and
the kernel names the holder. The file is never removed: else two could hold a lock of that name.
"""

from __future__ import annotations

import fcntl
import os
import time

from tampu.daemon import record_lock
from tampu.daemon.places import NoFolder, make
from tampu.daemon.record_lock import SAFELY
from tampu.errors import TampuError

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from tampu.daemon.places import Place

# Held by the daemon while it lives; by who starts or stops it; while it isn't ready, by itself until it is set up and
# then by who waits for it; while it is being stopped.
LIFE, CHANGE, READINESS, STOP = range(4)
# Out of the way of descriptors that programs expect to be free, or passed on to them.
HIGH = 200
PAUSE = 0.002
LONGEST_PAUSE = 0.01
PATIENCE = 120.0
# A lock is gone as soon as its process closes any descriptor of the file. The daemon opens it once, here.
_ours: dict[tuple[int, int], tuple[int, int]] = {}


class Busy(TampuError):
    reason = "daemon::busy"

    def __init__(self, name: str, pid: int) -> None:
        super().__init__(
            title=f"Somebody else starts or stops {name} at the moment",
            found=f"process {pid}, which has been at it for {PATIENCE:.0f} seconds",
            expected="one that comes to an end",
            todo=f"Try again later, or look at what process {pid} waits for.",
        )


class Lock:
    def __init__(self, place: Place, descriptor: int) -> None:
        self._place = place
        self.descriptor = descriptor

    def take(self, byte: int) -> bool:
        return record_lock.take(self.descriptor, byte, 1)

    def give_back(self, byte: int) -> None:
        record_lock.give_back(self.descriptor, byte, 1)

    def holder(self, byte: int) -> int | None:
        """The process that holds it; 0 where that is in another PID namespace."""
        if byte == LIFE and self.ours:
            return os.getpid()
        return record_lock.holder(self.descriptor, byte, 1)

    def change(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Wait for the turn to start or stop it, which is given back with the descriptor at the latest."""
        deadline, pause = clock() + PATIENCE, PAUSE
        while not self.take(CHANGE):
            if clock() > deadline:
                raise Busy(self._place.name, self.holder(CHANGE) or 0)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def live(self) -> bool:
        """Take the life of the daemon for this process, which keeps it until its end."""
        try:
            high = fcntl.fcntl(self.descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
            os.close(self.descriptor)
            self.descriptor = high
        except OSError:
            # Where so many descriptors are not allowed, it stays where it is.
            pass
        self.take(READINESS)
        if not self.take(LIFE):
            return False
        _ours[_key(os.fstat(self.descriptor))] = (self.descriptor, os.getpid())
        return True

    @property
    def ours(self) -> bool:
        """Whether this process is the daemon itself."""
        return _ours.get(_key(os.fstat(self.descriptor))) == (self.descriptor, os.getpid())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if not self.ours:
            os.close(self.descriptor)
            return
        for byte in (CHANGE, READINESS, STOP):
            self.give_back(byte)


def open_lock(place: Place) -> Lock:
    """For one who may change it."""
    make(place.folder)
    try:
        return look_at(place) or Lock(place, os.open(place.lock, os.O_RDWR | os.O_CREAT | SAFELY, 0o600))
    except OSError as error:
        raise NoFolder(place.folder, error.strerror or str(error)) from error


def look_at(place: Place) -> Lock | None:
    """None if there never was a daemon of that name; PermissionError if it is somebody else's."""
    try:
        own = _ours.get(_key(os.stat(place.lock)))
        if own and own[1] == os.getpid():
            return Lock(place, own[0])
        return Lock(place, os.open(place.lock, os.O_RDWR | SAFELY))
    except FileNotFoundError:
        return None


def _key(status: os.stat_result) -> tuple[int, int]:
    return (status.st_dev, status.st_ino)
