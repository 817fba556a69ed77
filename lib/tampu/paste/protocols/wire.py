"""A connection to a front end, read to the byte and written whole."""

from __future__ import annotations

import select
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Done = TypeVar("Done")

# A front end that is silent for so long in the middle of a request, or takes nothing, has left.
PATIENCE = 60.0
PIECE = 1 << 18
AT_ONCE = 1 << 16
# What still comes in after the last answer is let in for so long: to refuse it would take the answer back.
LINGER = 2.0


class Gone(ConnectionError):
    """Whoever asked doesn't wait for the answer any more."""


class Malformed(Exception):
    """What came in isn't the protocol that is spoken here."""


class Wire:
    def __init__(self, sock: socket.socket, patience: float = PATIENCE) -> None:
        self._sock = sock
        self._patience = patience
        self._kept = b""
        self._until: float | None = None
        # Whether something may come in that nobody will read.
        self.unread = False
        sock.setblocking(False)  # noqa: FBT003 - its only form

    @property
    def waiting(self) -> bool:
        """Whether something came in that nobody has read yet."""
        return bool(self._kept)

    def fileno(self) -> int:
        return self._sock.fileno()

    def look(self) -> bool:
        """Take what is there already, if anything; `Gone` if nothing will come any more."""
        if not self._kept:
            data = self._attempt(lambda: self._sock.recv(AT_ONCE))
            if data == b"":
                raise Gone("closed")
            self._kept = data or b""
        return bool(self._kept)

    def hurry(self) -> None:
        """What is read from now on has to be here in time as a whole, not only each piece of it."""
        self._until = time.monotonic() + self._patience

    def relax(self) -> None:
        self._until = None

    def exactly(self, count: int) -> bytes:
        pieces, missing = [self._kept], count - len(self._kept)
        while missing > 0:
            pieces.append(self._receive(max(missing, AT_ONCE)))
            missing -= len(pieces[-1])
        known = b"".join(pieces) if len(pieces) > 1 else pieces[0]
        self._kept = known[count:]
        return known[:count]

    def some(self, most: int) -> bytes:
        known = self._kept or self._receive(most)
        self._kept = known[most:]
        return known[:most]

    def until(self, mark: bytes, most: int) -> bytes:
        """What stands before the mark; it is passed."""
        while mark not in self._kept[: most + 1]:
            if len(self._kept) > most:
                raise Malformed(f"it begins with {self._kept[:most]!r}")
            self._kept += self._receive(AT_ONCE)
        known, _, self._kept = self._kept.partition(mark)
        return known

    def send(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            sent = self._attempt(partial(self._sock.send, left))
            if sent is None:
                self._wait(select.POLLOUT)
            else:
                left = left[sent:]

    def close(self) -> None:
        """When the other side has had the time to take the answer."""
        if self.unread:
            with suppress(OSError):
                self._let_in_the_rest(time.monotonic() + LINGER)
        self._sock.close()

    def drop(self) -> None:
        """So that nobody takes what was sent for the whole of it."""
        self.unread = False
        with suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def _let_in_the_rest(self, until: float) -> None:
        self._sock.shutdown(socket.SHUT_WR)
        self._sock.settimeout(LINGER)
        while time.monotonic() < until and self._sock.recv(AT_ONCE):
            pass

    def _receive(self, most: int) -> bytes:
        while (data := self._attempt(lambda: self._sock.recv(min(most, PIECE)))) is None:
            self._wait(select.POLLIN)
        if not data:
            raise Gone("closed")
        return data

    def _attempt(self, act: Callable[[], Done]) -> Done | None:
        """None if it would have to wait."""
        try:
            return act()
        except BlockingIOError:
            return None
        except OSError as error:
            raise Gone(str(error)) from error

    def _wait(self, event: int) -> None:
        seconds = self._patience if self._until is None else min(self._patience, self._until - time.monotonic())
        poll = select.poll()
        poll.register(self._sock, event)
        if seconds < 0 or not poll.poll(seconds * 1000):
            raise Gone("too slow")
