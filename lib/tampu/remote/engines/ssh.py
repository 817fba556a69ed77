"""Our own engine: a thread and a link for each host, with as many runs on it as the host has CPUs."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from tampu.remote.engines.porter import Porter
from tampu.remote.engines.reaching import reached, taken_up
from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import Kind, frame, said
from tampu.remote.rows.board import ENDED, INTERRUPTED, LEFT
from tampu.remote.rows.ledger import write_file
from tampu.remote.runs.running import NoRun
from tampu.remote.runs.watch import STREAMS, Ends, Lacks, Watch
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tampu.remote.engines import Cargo, Setting
    from tampu.remote.links.host import Host
    from tampu.remote.links.link import Link
    from tampu.remote.rows.board import Board
    from tampu.remote.rows.ledger import Attempt
    from tampu.remote.runs.running import Spec

FIRST_CHANNEL = 1 << 10
TICK = 1.0


class Filed(Watch):
    """A run whose output goes to files, from its first byte whenever it is taken up."""

    def __init__(self, link: Link, spec: Spec, channel: int, folder: Path) -> None:
        super().__init__(link, spec.wish(), Ends(stdin=None), None)
        self.channel = channel
        self._folder = folder
        for stream in STREAMS.values():
            write_file(folder / stream, b"")

    def _write(self, stream: str, data: bytes) -> None:
        # Open for no longer than that: many hosts have many runs.
        write_file(self._folder / stream, data, "ab")


@dataclass(slots=True)
class Running:
    attempt: Attempt
    watch: Filed
    since: float


class Lane:
    """What goes on at one host."""

    def __init__(self, host: Host, cargo: Cargo, setting: Setting, board: Board) -> None:
        self.host = host
        self.board = board
        self._cargo = cargo
        self._setting = setting
        self._bell = board.bell()
        self._running: dict[int, Running] = {}
        self._next = FIRST_CHANNEL
        self._stopped = 0
        self._lacking = False

    def work(self) -> None:
        try:
            self._link = reached(self.host, self.board)
            self._porter = Porter(self.host, self._cargo, self.board)
            try:
                self._go(self._cargo.ready(self._link))
                self._porter.check()
            finally:
                self._link.close()
                self._porter.close()
        finally:
            for each in self._running.values():
                self.board.lost(each.attempt, "its host stays away", counts=not self.board.stopping)

    def _go(self, spec: Spec) -> None:
        jobs = self._setting.jobs or int(self._link.hello["cpus"])
        while not self.board.over:
            try:
                if self._lacking and not self._running:
                    spec, self._lacking = self._cargo.ready(self._link), False
                while self._may_begin(jobs) and (attempt := self.board.take(self.host.name)):
                    self._begin(spec, attempt)
                self._once()
            except Cut:  # noqa: PERF203 - seldom
                self._take_up()
        if self.board.stopping >= LEFT:
            self._running.clear()

    def _may_begin(self, jobs: int) -> bool:
        return len(self._running) < jobs and not self._lacking

    def _begin(self, spec: Spec, attempt: Attempt) -> None:
        self._next += 1
        words = self.board.rules.rows[attempt.row]
        wanted = replace(spec, argv=(*spec.argv, *words), name=attempt.run)
        watch = Filed(self._link, wanted, self._next, self.board.place(attempt.row))
        self._running[self._next] = Running(attempt, watch, time.monotonic())
        watch.begin()

    def _once(self) -> None:
        self._link.wait((self._bell.woken,), TICK)
        self._bell.hush()
        self._porter.check()
        for kind, channel, body in self._link.frames():
            if channel in self._running:
                self._hear(channel, kind, body)
        if self.board.stopping > self._stopped:
            self._stop()

    def _hear(self, channel: int, kind: int, body: bytes) -> None:
        running = self._running[channel]
        try:
            running.watch.hear(kind, body)
        except (NoRun, Lacks) as error:
            del self._running[channel]
            self._lacking = isinstance(error, Lacks)
            self.board.lost(running.attempt, error.told if isinstance(error, NoRun) else "its host lacked something")
        if running.watch.outcome:
            del self._running[channel]
            self._porter.take(running.attempt, running.watch.outcome, time.monotonic() - running.since)

    def _stop(self) -> None:
        self._stopped = self.board.stopping
        for channel in self._running:
            if self._stopped >= ENDED:
                self._link.send(frame(Kind.KILL, channel))
            elif self._stopped == INTERRUPTED:
                self._link.send(said(Kind.SIGNAL, channel, signal=signal.SIGINT))

    def _take_up(self) -> None:
        self._link = taken_up(self._link, self.board, self._setting.patience)
        self._stopped = 0
        for running in self._running.values():
            running.watch.link = self._link
            running.watch.begin()


class Ssh:
    def __init__(self, hosts: tuple[Host, ...], cargo: Cargo, setting: Setting) -> None:
        self._hosts = hosts
        self._cargo = cargo
        self._setting = setting

    def workers(self, board: Board) -> Mapping[str, Callable[[], None]]:
        return {host.name: Lane(host, self._cargo, self._setting, board).work for host in self._hosts}
