"""Processes that answer one request at a time: more when there is more to do, fewer afterwards."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.paste import standing
from tampu.paste.workers.bell import Bell

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    # Given where to say that a request begins or is over, and what ends with the herd.
    Work = Callable[[Callable[[bytes], None], int], None]

log = logging.getLogger("tampu.serve")
BUSY, FREE = b"+", b"-"
TICK = 1.0
# Between two that end as soon as they begin.
PAUSE = 1.0


@dataclass(slots=True, kw_only=True)
class Forked:
    pid: int
    pipe: int
    born: float
    busy: bool = False
    ending: bool = False


class Herd:
    def __init__(self, listeners: Sequence[socket.socket], work: Work, most: int, spare: tuple[int, int]) -> None:
        self._listeners = listeners
        self._work = work
        self._most = most
        self._fewest_spare = max(1, spare[0])
        self._most_spare = max(spare)
        self._members: dict[int, Forked] = {}
        self._bell = Bell()
        # Nothing is ever said there: its end is the end of this process.
        self._life, self._held = os.pipe()
        self._not_before = 0.0

    def run(self) -> None:
        for listener in self._listeners:
            listener.setblocking(False)  # noqa: FBT003 - its only form
        standing.on_end(self._bell.ring)
        signal.signal(signal.SIGCHLD, lambda *_: self._bell.ring())
        self._tend()
        standing.ready()
        while not standing.ending.is_set():
            self._listen(TICK)
            self._reap()
            self._tend()
        self._end(time.monotonic() + standing.GRACE)

    def _tend(self) -> None:
        """So many as are needed, and no sudden crowd."""
        standing_by = [each for each in self._members.values() if not each.busy and not each.ending]
        wanted = min(self._fewest_spare - len(standing_by), self._most - len(self._members))
        if wanted > 0 and time.monotonic() >= self._not_before:
            for _ in range(wanted):
                self._fork()
        for each in standing_by[self._most_spare :]:
            self._tell(each, signal.SIGTERM)

    def _fork(self) -> None:
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # What arrives before the child has forgotten whose handlers it has would wake its parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, standing.ASKS_TO_END)
        pid = os.fork()
        if not pid:
            self._become_a_member(reader, writer)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, standing.ASKS_TO_END)
        os.close(writer)
        os.set_blocking(reader, False)
        self._members[pid] = Forked(pid=pid, pipe=reader, born=time.monotonic())

    def _become_a_member(self, reader: int, writer: int) -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        standing.begin_anew()
        self._bell.close()
        for descriptor in (reader, self._held, *(each.pipe for each in self._members.values())):
            os.close(descriptor)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, standing.ASKS_TO_END)
        code = 1
        try:
            self._work(lambda word: _say(writer, word), self._life)
            code = 0
        except BaseException:
            log.exception("A process that answers requests fails")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # What stands registered for the end of the program is for the parent's.
            os._exit(code)

    def _listen(self, seconds: float) -> None:
        known = {each.pipe: each for each in self._members.values()}
        poll = select.poll()
        for descriptor in (self._bell.fileno(), *known):
            poll.register(descriptor, select.POLLIN)
        for descriptor, event in poll.poll(seconds * 1000):
            if descriptor == self._bell.fileno():
                self._bell.heard()
            elif event & select.POLLIN:
                known[descriptor].busy = os.read(descriptor, 1 << 16)[-1:] == BUSY

    def _reap(self) -> None:
        for member in list(self._members.values()):
            pid, status = os.waitpid(member.pid, os.WNOHANG)
            if pid:
                os.close(member.pipe)
                del self._members[pid]
                self._mourn(member, os.waitstatus_to_exitcode(status))

    def _mourn(self, member: Forked, code: int) -> None:
        if code and not member.ending:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
            log.error("Process %s %s; another takes its place", member.pid, how)
            if time.monotonic() - member.born < PAUSE:
                self._not_before = time.monotonic() + PAUSE

    def _tell(self, member: Forked, number: signal.Signals) -> None:
        member.ending = True
        with suppress(ProcessLookupError):
            os.kill(member.pid, number)

    def _end(self, until: float) -> None:
        for listener in self._listeners:
            listener.close()
        for each in self._members.values():
            self._tell(each, signal.SIGTERM)
        while self._members and time.monotonic() < until:
            self._listen(min(TICK, max(until - time.monotonic(), 0)))
            self._reap()
        for each in self._members.values():
            self._tell(each, signal.SIGKILL)


def _say(writer: int, word: bytes) -> None:
    with suppress(BrokenPipeError):
        os.write(writer, word)
