"""What one process of a herd does: a request, and the next one."""

from __future__ import annotations

import logging
import select
import time
from typing import TYPE_CHECKING

from tampu.paste import standing
from tampu.paste.protocols.wire import Gone
from tampu.paste.workers.bell import Bell
from tampu.paste.workers.herd import BUSY, FREE

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from tampu.paste.workers.caller import Caller, Desk

log = logging.getLogger("tampu.serve")
# One that has a connection to wait for leaves a new one to those that have none, if there are any.
COURTESY = 0.02


class Member:
    def __init__(self, listeners: Sequence[socket.socket], desk: Desk, say: Callable[[bytes], None], life: int) -> None:
        """`say` tells the herd whether it could take a request; at the end of `life` there is no herd any more."""
        self._listeners = {each.fileno(): each for each in listeners}
        self._desk = desk
        self._say = say
        self._life = life
        self._bell = Bell()
        self._kept: dict[int, Caller] = {}
        self._done = 0
        self._alone = False
        self._told = FREE
        self._poll = select.poll()
        for number in (*self._listeners, self._bell.fileno(), life):
            self._poll.register(number, select.POLLIN)

    def run(self, most: int) -> None:
        """Until so many are answered (0: no end), until it is asked to end, or until the herd is no more."""
        standing.on_end(self._bell.ring)
        self._bell.ring_at_signals()
        while not (self._alone or standing.ending.is_set() or (most and self._done >= most)):
            self._turn(None)
        if not self._alone:
            self._take_leave()

    def _turn(self, seconds: float | None) -> bool:
        """Whether anything came in meanwhile."""
        ready = self._poll.poll(None if seconds is None else seconds * 1000)
        for number, _ in ready:
            if number == self._life:
                self._alone = True
            elif number == self._bell.fileno():
                self._bell.heard()
            elif number in self._listeners:
                self._let_in(self._listeners[number])
            elif number in self._kept:
                self._hear(self._kept[number])
        return bool(ready)

    def _let_in(self, listener: socket.socket) -> None:
        if self._kept:
            time.sleep(COURTESY)
        connected = _next(listener)
        if connected:
            self._answer_anew(*connected)

    def _answer_anew(self, sock: socket.socket, address: object) -> None:
        caller = self._desk.welcome(sock, address)
        if caller:
            self._answer(caller)

    def _hear(self, caller: Caller) -> None:
        try:
            spoken = caller.has_spoken()
        except Gone:
            self._forget(caller)
            caller.wire.close()
            return
        if spoken:
            self._answer(caller)

    def _answer(self, caller: Caller) -> None:
        self._tell(BUSY)
        number = caller.wire.fileno()
        if not caller.attend(self._desk.manner):
            self._forget(caller, number)
        elif number not in self._kept:
            self._kept[number] = caller
            self._poll.register(number, select.POLLIN)
        self._done += 1
        self._tell(BUSY if self._kept else FREE)

    def _forget(self, caller: Caller, number: int | None = None) -> None:
        number = caller.wire.fileno() if number is None else number
        if self._kept.pop(number, None):
            self._poll.unregister(number)
        self._tell(BUSY if self._kept else FREE)

    def _tell(self, word: bytes) -> None:
        if word != self._told:
            self._told = word
            self._say(word)

    def _take_leave(self) -> None:
        """Who is connected already is answered; who isn't finds whoever listens next, or nobody."""
        self._tell(BUSY)
        # Who has had its share of requests leaves the others to those who stay.
        share = self._listeners.values() if standing.ending.is_set() else ()
        connected = [each for listener in share for each in _waiting(listener)]
        for number, listener in self._listeners.items():
            self._poll.unregister(number)
            listener.close()
        for each in connected:
            self._answer_anew(*each)
        self._bell.heard()
        until = time.monotonic() + standing.LONGEST_FAREWELL
        while self._kept and not self._alone and time.monotonic() < until and self._turn(standing.IDLE):
            pass
        for caller in self._kept.values():
            caller.wire.close()


def _waiting(listener: socket.socket) -> list[tuple[socket.socket, object]]:
    return list(iter(lambda: _next(listener), None))


def _next(listener: socket.socket) -> tuple[socket.socket, object] | None:
    try:
        return listener.accept()
    except OSError as error:
        # Another one was quicker, or who called has left; anything else is worth a line.
        if not isinstance(error, BlockingIOError | ConnectionError):
            log.error("Nobody can be let in: %s", error)  # noqa: TRY400 - where it happened says nothing
        return None
