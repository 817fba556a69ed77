"""Keeps a daemon alive: starts it anew whenever it ends, later each time. Killed itself, it leaves the daemon alone.

The next keeper finds the daemon by its identity, and goes on with it: there is never a second one.
"""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.daemon import become, identity, output, places, processes, readiness, start, stop
from tampu.daemon.identity import ALIVE, OutOfReach
from tampu.daemon.locks import Busy
from tampu.daemon.stop import StillThere
from tampu.daemon.wish import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tampu.daemon.said import Said
    from tampu.daemon.start import Streams
    from tampu.daemon.wish import Wish

PR_SET_CHILD_SUBREAPER = 36
ENDED_BY_SIGNAL = 128
KEEPING, STARTING, WAITING, GIVEN_UP = "keeping", "starting", "waiting", "given up"
# How often it looks whether what belongs to the daemon is well.
LOOK_AFTER = 5.0
# What may pass until the next attempt.
FAILURES = (
    *(start.NotStarted, start.AlreadyRunning, readiness.EndedEarly, readiness.NotReady, readiness.PortTaken),
    *(OutOfReach, Busy, StillThere, places.NoFolder, become.UnknownUser, become.MayNotSwitch),
)


class Asked(BaseException):
    """To end, in the middle of a start."""


class Keeper:
    def __init__(self, wish: Wish, said: Said, streams: Streams = output.keep_and_open) -> None:
        self._wish = wish
        self._place = places.place(wish.name, wish.pid_dir)
        self._said = said
        self._streams = streams
        self._asked = False
        self._starting = False
        self._starts = 0
        self._last = ""
        self._endings: dict[int, int] = {}
        self._code = 0
        self._news, written = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        import ctypes

        # All that is left by the daemon becomes our child, and its exit code ours to know.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.set_wakeup_fd(written, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def begin(self) -> None:
        """The first start, whose failure is the caller's; a daemon that runs is taken as it is."""
        if identity.look(self._place).state not in ALIVE:
            self._start()

    def run(self, ready: Callable[[], object]) -> int:
        """Until it is asked to end, and ends the daemon; one that isn't to be kept alive: until that has ended."""
        # Whoever hears that it is ready may look at it.
        self._say(KEEPING)
        ready()
        tries = 0
        again = self._wish.keep_alive or Backoff()
        while not self._asked:
            self._say(KEEPING)
            began = time.monotonic()
            self._watch()
            if self._asked or not self._wish.keep_alive:
                break
            tries = 1 if time.monotonic() - began > again.most else tries + 1
            tries = self._until_started(again, tries)
        if self._asked:
            stop.stop(self._place, self._wish.stop_timeout)
        return self._code

    def _until_started(self, again: Backoff, tries: int) -> int:
        while not self._asked:
            if again.tries and tries > again.tries:
                self._say(GIVEN_UP)
                self._sleep(None)
                continue
            delay = min(again.first * 2 ** min(tries - 1, 30), again.most)
            self._say(WAITING, until=time.time() + delay)
            self._sleep(delay)
            if self._asked:
                break
            self._say(STARTING)
            self._starts += 1
            try:
                self._start()
            except FAILURES as error:
                self._last = error.title
                tries += 1
            else:
                break
        return tries

    def _start(self) -> None:
        self._starting = True
        with suppress(Asked):
            start.start(self._wish, self._streams)
        self._starting = False

    def _watch(self) -> None:
        """Until the daemon has ended, or we shall."""
        found = identity.look(self._place)
        grip = processes.grip(found.process) if found.process else None
        try:
            while grip and not self._asked and not self._ended(grip.descriptor):
                self._look_after()
        finally:
            if grip:
                grip.close()
        self._reap()
        if not self._asked:
            pid = found.record.pid if found.record else found.pid
            status = self._endings.pop(pid, -1)
            self._last = readiness.ending(status)
            self._code = _exit_code(status)
        self._endings.clear()

    def _ended(self, descriptor: int) -> bool:
        told, _, _ = select.select([descriptor, self._news], [], [], LOOK_AFTER)
        if self._news in told:
            os.read(self._news, 4096)
        return descriptor in told

    def _look_after(self) -> None:
        self._reap()
        # A full disk passes; the daemon needs us meanwhile.
        with suppress(OSError):
            output.revive(self._wish)

    def _sleep(self, seconds: float | None) -> None:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._asked:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            if select.select([self._news], [], [], left)[0]:
                os.read(self._news, 4096)
            self._reap()

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                ended, status = os.waitpid(-1, os.WNOHANG)
                if not ended:
                    return
                self._endings[ended] = status

    def _say(self, state: str, until: float = 0.0) -> None:
        self._said.say(state=state, starts=self._starts, last=self._last[:200], until=until)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if self._starting:
            raise Asked


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status) if status >= 0 else 1
    return code if code >= 0 else ENDED_BY_SIGNAL - code
