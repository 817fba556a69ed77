"""Keeps a link that nobody uses, and lends it: a program of its own, for a minute."""

from __future__ import annotations

import fcntl
import os
import select
import socket
import time

from tampu.daemon import signals
from tampu.remote.links.talk import Cut
from tampu.remote.quick import passing
from tampu.remote.quick.passing import BORROW, END, NotPassed
from tampu.remote.quick.spare import Held

LOCK = ".lock"
LOOK = 3.0


class Done(Exception):
    """There is nothing more to keep."""


class Keeper:
    """It holds the link, or the door of the one whom it has lent it to; never both."""

    def __init__(self, place: str, seconds: float, link: Held) -> None:
        self._place = place
        self._seconds = seconds
        self._link: Held | None = link
        self._borrower: socket.socket | None = None
        self._asker: socket.socket | None = None
        self._until = time.monotonic() + seconds
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(place)
        self._listener.listen(8)
        self._made = os.stat(place).st_ino

    def serve(self) -> None:
        try:
            while True:
                self._once()
        except (Done, Cut, NotPassed):
            pass

    def _once(self) -> None:
        if self._link:
            ready = self._link.wait([self._listener.fileno()], LOOK)
            # An answer that nobody has waited for.
            list(self._link.frames())
            if time.monotonic() > self._until:
                raise Done
        else:
            ends = [end.fileno() for end in (self._listener, self._borrower) if end]
            ready = select.select(ends, [], [], LOOK)[0]
        if not self._is_ours():
            raise Done
        if self._borrower and self._borrower.fileno() in ready:
            self._take_back()
        if self._listener.fileno() in ready:
            self._answer(self._listener.accept()[0])

    def _is_ours(self) -> bool:
        try:
            return os.stat(self._place).st_ino == self._made
        except OSError:
            return False

    def _answer(self, door: socket.socket) -> None:
        door.settimeout(passing.PATIENCE)
        try:
            passing.check(door)
            wish = door.recv(1)
            if wish == END:
                # It is closed as we end, and whoever asked waits for that.
                self._asker = door
                raise Done
            if wish == BORROW and self._link:
                link, self._link = self._link, None
                link.give(door)
                self._borrower = door
                return
        except (OSError, NotPassed):
            pass
        door.close()
        if not (self._link or self._borrower):
            raise Done

    def _take_back(self) -> None:
        """A borrower who comes without it has used it up."""
        door, self._borrower = self._borrower, None
        if door:
            with door:
                self._link = received(door)
        self._until = time.monotonic() + self._seconds


def received(door: socket.socket) -> Held:
    ends, told = passing.take(door)
    return Held("", ends, told)


def main(place: str, seconds: str) -> int:
    lock = _alone(place + LOCK)
    if lock < 0:
        return 0
    for number in (signals.SIGTERM, signals.SIGINT):
        signals.signal(number, _leave)
    try:
        with socket.socket(fileno=0) as door:
            door.settimeout(passing.PATIENCE)
            link = received(door)
        _forget(place)
        keeper = Keeper(place, float(seconds), link)
        keeper.serve()
    except NotPassed:
        pass
    finally:
        _forget(place)
        _forget(place + LOCK)
    return 0


def _leave(_number: int, _frame: object) -> None:
    raise Done


def _alone(path: str) -> int:
    """Held for as long as we live; nothing where somebody else keeps one there."""
    while True:
        lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_ino == os.stat(path).st_ino:
                return lock
        except BlockingIOError:
            os.close(lock)
            return -1
        except FileNotFoundError:
            pass
        os.close(lock)


def _forget(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
