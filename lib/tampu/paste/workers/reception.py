"""Where connections wait until they have something to say: a crew of threads attends to them."""

from __future__ import annotations

import logging
import selectors
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.paste import standing
from tampu.paste.protocols.wire import Gone
from tampu.paste.workers.bell import Bell
from tampu.paste.workers.crew import Crew

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from tampu.paste.workers.caller import Caller, Desk

log = logging.getLogger("tampu.serve")
TICK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """For how many connections there is between two requests, and how long one may never say anything."""

    most: int = 1000
    silence: float = 60.0


class Reception:
    def __init__(
        self,
        listeners: Sequence[socket.socket],
        desk: Desk,
        most: int,
        spare: tuple[int, int],
        room: Room = Room(),
    ) -> None:
        self._listeners = listeners
        self._desk = desk
        self._room = room
        self._selector = selectors.DefaultSelector()
        self._bell = Bell()
        self._crew = Crew(most, *spare, self._bell.ring)
        self._waiting: dict[Caller, None] = {}
        self._returned: deque[Caller] = deque()
        self._open = False
        self._next_look = 0.0
        self._selector.register(self._bell, selectors.EVENT_READ, self._bell.heard)

    def run(self) -> None:
        for listener in self._listeners:
            listener.setblocking(False)  # noqa: FBT003 - its only form
        standing.on_end(self._bell.ring)
        standing.ready()
        while not standing.ending.is_set():
            self._open_or_close()
            self._tick(TICK)
            self._dismiss_the_silent()
        self._end(time.monotonic() + standing.GRACE)

    def _tick(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            key.data()
        while self._returned:
            self._wait_for(self._returned.popleft())

    def _open_or_close(self) -> None:
        """While all are busy, who calls waits outside: there may be another process that listens."""
        wanted = not self._crew.full
        if wanted == self._open:
            return
        for listener in self._listeners:
            if wanted:
                self._selector.register(listener, selectors.EVENT_READ, lambda each=listener: self._let_in(each))
            else:
                self._selector.unregister(listener)
        self._open = wanted

    def _let_in(self, listener: socket.socket) -> bool:
        # It hears of a caller and of its end in the same moment.
        if standing.ending.is_set() and standing.has_heirs():
            return False
        try:
            sock, address = listener.accept()
        except OSError as error:
            return self._not_let_in(error)
        caller = self._desk.welcome(sock, address)
        if caller:
            self._hear(caller)
        return True

    def _not_let_in(self, error: OSError) -> bool:
        # Somebody else was quicker, or who called has left.
        if not isinstance(error, BlockingIOError | ConnectionError):
            log.error("Nobody can be let in: %s", error)
            time.sleep(TICK / 10)
        return False

    def _hear(self, caller: Caller) -> None:
        try:
            spoken = caller.has_spoken()
        except Gone:
            self._forget(caller)
            caller.wire.drop()
            return
        if spoken:
            self._forget(caller)
            self._crew.begin(lambda: self._attend(caller))
        else:
            self._wait_for(caller)

    def _attend(self, caller: Caller) -> None:
        """In a thread of the crew."""
        if caller.attend(self._desk.manner):
            self._returned.append(caller)
            self._bell.ring()

    def _wait_for(self, caller: Caller) -> None:
        if caller not in self._waiting:
            self._waiting[caller] = None
            self._selector.register(caller.wire, selectors.EVENT_READ, lambda: self._hear(caller))

    def _forget(self, caller: Caller) -> None:
        if caller in self._waiting:
            del self._waiting[caller]
            self._selector.unregister(caller.wire)

    def _dismiss_the_silent(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + TICK
        for caller in list(self._too_many(now)):
            self._forget(caller)
            caller.wire.close()

    def _too_many(self, now: float) -> Iterator[Caller]:
        """The longest waiting stand first."""
        surplus = len(self._waiting) - self._room.most
        for number, caller in enumerate(self._waiting):
            if number < surplus or (not caller.useful and now - caller.since > self._room.silence):
                yield caller

    def _end(self, until: float) -> None:
        """Who is connected already is answered; who isn't finds whoever listens next, or nobody."""
        for listener in self._listeners:
            while self._let_in(listener):
                pass
            with suppress(KeyError):
                self._selector.unregister(listener)
            listener.close()
        standing.closed()
        self._take_leave(time.monotonic() + standing.LONGEST_FAREWELL)
        self._crew.rest(until)
        for caller in (*self._waiting, *self._returned):
            caller.wire.close()

    def _take_leave(self, until: float) -> None:
        """What is on its way by a connection that is kept arrives, and is answered."""
        quiet_since = now = time.monotonic()
        while (self._waiting or self._crew.busy) and now < until and now - quiet_since < standing.IDLE:
            before = len(self._waiting)
            self._tick(standing.IDLE / 10)
            now = time.monotonic()
            if self._crew.busy or len(self._waiting) != before:
                quiet_since = now
