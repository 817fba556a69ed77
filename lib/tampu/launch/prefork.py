"""Workers that are forked, replaced one by one when they are to be reloaded, and ended together."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from refusal import say

if TYPE_CHECKING:
    from collections.abc import Callable

    # Given what it calls when it can answer; returns at its end.
    Work = Callable[[Callable[[], None]], None]

# How often the file is looked at that is touched for a reload.
PATIENCE = 0.5
# Between two workers that end as soon as they begin.
PAUSE = 1.0
# What a worker has for its own end, after its last request.
FAREWELL = 2.0
FAILED = 1
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Worker:
    def __init__(self, pid: int, pipe: int, reloads: int) -> None:
        self.pid = pid
        self.pipe = pipe
        self.reloads = reloads
        self.born = time.monotonic()
        self.ready = False
        self.ending = False


class Herd:
    """So many workers, whatever happens to one; if none can even begin, the end of all."""

    def __init__(self, work: Work, count: int, drain: float, reload_file: str) -> None:
        self._work = work
        self._count = count
        self._drain = drain
        self._reload_file = reload_file
        self._touched = _touched(reload_file)
        self._told: set[int] = set()
        self._reloads = 0
        self._workers: dict[int, Worker] = {}
        self._outdated: list[Worker] = []
        self._not_before = 0.0
        self._killing_at: float | None = None
        self._code = 0
        self._bell, self._clapper = os.pipe()
        for end in (self._bell, self._clapper):
            os.set_blocking(end, False)

    def run(self) -> int:
        signal.set_wakeup_fd(self._clapper, warn_on_full_buffer=False)
        for number in (*ENDS, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda number, _: self._told.add(number))
        while self._workers or self._killing_at is None:
            self._obey()
            self._tend()
            self._listen()
            self._reap()
        return self._code

    def _obey(self) -> None:
        # Never emptied: what comes meanwhile would be lost.
        told, self._told = self._told, set()
        if told.intersection(ENDS):
            self._end(0)
        found, self._touched = self._touched, _touched(self._reload_file)
        if signal.SIGHUP in told or found != self._touched:
            self._reloads += 1
            self._outdated = [worker for worker in self._workers.values() if not worker.ending]

    def _tend(self) -> None:
        """Bring about what is wanted, by one step."""
        if self._killing_at is not None:
            if time.monotonic() > self._killing_at:
                self._signal_all(signal.SIGKILL)
            return
        standing = [worker for worker in self._workers.values() if not worker.ending]
        alone = len(standing) == len(self._workers)
        wanted = self._count + (1 if self._outdated and alone else 0)
        if len(standing) < wanted and time.monotonic() >= self._not_before:
            for _ in range(wanted - len(standing)):
                self._spawn()
        elif self._outdated and len(standing) > self._count and all(worker.ready for worker in standing):
            self._dismiss(self._outdated.pop(0))

    def _spawn(self) -> None:
        reader, writer = os.pipe()
        # What arrives before the worker has handlers of its own waits for them.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        pid = os.fork()
        if not pid:
            self._forget(reader)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        if pid:
            os.close(writer)
            self._workers[pid] = Worker(pid, reader, self._reloads)
            return
        self._work(lambda: _tell(writer))
        sys.exit(0)

    def _forget(self, reader: int) -> None:
        """What a worker has of its parent."""
        signal.set_wakeup_fd(-1)
        for number in ENDS:
            signal.signal(number, lambda *_: sys.exit(0))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for pipe in (reader, self._bell, self._clapper, *(worker.pipe for worker in self._workers.values())):
            os.close(pipe)

    def _listen(self) -> None:
        """Wait for a signal or a worker that is ready, not for long."""
        waiting = {worker.pipe: worker for worker in self._workers.values() if not worker.ready}
        poll = select.poll()
        for pipe in (self._bell, *waiting):
            poll.register(pipe, select.POLLIN)
        for pipe, event in poll.poll(PATIENCE * 1000):
            if pipe == self._bell:
                os.read(pipe, 1024)
            elif event & select.POLLIN:
                waiting[pipe].ready = True

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            worker = self._workers.pop(pid, None)
            if worker:
                os.close(worker.pipe)
                self._mourn(worker, status)

    def _mourn(self, worker: Worker, status: int) -> None:
        if worker.ending:
            return
        if worker in self._outdated:
            self._outdated.remove(worker)
        how = f"was ended by signal {status & 0x7F}" if status & 0x7F else f"ended with {status >> 8}"
        if time.monotonic() - worker.born < PAUSE or not worker.ready:
            self._not_before = time.monotonic() + PAUSE
        if worker.ready:
            say(f"worker {worker.pid} {how}; another takes its place")
        elif not any(each.ready for each in self._workers.values()):
            say(f"worker {worker.pid} {how} before it could answer anything")
            self._end((status >> 8) or FAILED)
        elif self._outdated and worker.reloads == self._reloads:
            say(f"worker {worker.pid} {how} before it could answer anything: those from before go on")
            self._outdated.clear()
        else:
            say(f"worker {worker.pid} {how} before it could answer anything; it is tried again")

    def _end(self, code: int) -> None:
        if self._killing_at is None:
            self._code = code
            self._killing_at = time.monotonic() + self._drain + FAREWELL
            self._signal_all(signal.SIGTERM)

    def _dismiss(self, worker: Worker) -> None:
        worker.ending = True
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGTERM)

    def _signal_all(self, number: signal.Signals) -> None:
        for worker in self._workers.values():
            worker.ending = True
            with suppress(ProcessLookupError):
                os.kill(worker.pid, number)


def _tell(writer: int) -> None:
    os.write(writer, b"\n")
    os.close(writer)


def _touched(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
