"""A run as it is seen from here: its streams, its signals and its end. It loads next to nothing."""

from __future__ import annotations

import os
import select
import time

from tampu.daemon import signals as signal
from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import PIECE, BadFrame, Kind, frame, piece, placed, said, words
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.quick.spare import Lent
    from tampu.remote.runs.signals import Signals

STREAMS = {Kind.OUT: "out", Kind.ERR: "err"}
# Of what nobody waits for: its answer may come to whoever has the link next.
UNHEARD = 4
ENDED = {"code": int, "signal": int, "error": str, "running": bool, "lost": bool}
# As much as the host holds for a program that doesn't read.
INPUT_AHEAD = 1 << 18
SENT_AHEAD = 1 << 20
PIPE_TAKES = 1 << 12
CUT_GRACE = 30.0
PAUSE = 0.1
SIGNALLED = 128
# Unless whoever starts it says another.
CHANNEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Our own streams; nothing is read where stdin is none."""

    stdin: int | None = 0
    stdout: int = 1
    stderr: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    name: str
    code: int | None = None
    signal: int | None = None
    error: str = ""
    running: bool = False
    lost: bool = False

    @property
    def exit_code(self) -> int:
        """As a shell tells it."""
        return SIGNALLED + self.signal if self.signal else 1 if self.lost else self.code or 0


class Lacks(Exception):
    """What the host hasn't of what a run needs: kinds and IDs of trees."""

    def __init__(self, missing: tuple[tuple[str, str], ...]) -> None:
        super().__init__(missing)
        self.missing = missing


class Watch:
    """What is known here of a run: how much of its output has come, how much of its input is there."""

    channel = CHANNEL

    def __init__(self, link: Link | Lent, wish: dict[str, Any], ends: Ends, signals: Signals | None) -> None:
        self.link = link
        self._wish = wish
        self._ends = ends
        self._signals = signals
        self._places = {"out": 0, "err": 0}
        self._outlets = {"out": ends.stdout, "err": ends.stderr}
        self._unread = bytearray()
        self._taken = 0
        self._input_over = ends.stdin is None
        self.outcome: Outcome | None = None

    def follow(self) -> Outcome:
        self.begin()
        while self.outcome is None:
            try:
                self._once()
            except Cut:  # noqa: PERF203 - seldom
                self._take_up()
        return self.outcome

    def begin(self) -> None:
        self.link.send(said(Kind.RUN, self.channel, **self._wish, **self._places))
        if self._unread:
            self.link.send(piece(Kind.IN, self.channel, self._taken, bytes(self._unread)))
        if self._input_over:
            self._end_input()
        for stream, outlet in self._outlets.items():
            if outlet < 0:
                self.link.send(said(Kind.CLOSE, self.channel, stream=stream))

    def _once(self) -> None:
        also = [self._signals.woken] if self._signals else []
        stdin = self._ends.stdin
        if stdin is not None and self._wants_input():
            also.append(stdin)
        ready = self.link.wait(also)
        for kind, channel, body in self.link.frames():
            if channel != UNHEARD:
                self.hear(kind, body)
        if stdin in ready:
            self._read(stdin or 0)
        for number in self._signals.take() if self._signals else ():
            self._pass_on(number)

    def _wants_input(self) -> bool:
        return not self._input_over and len(self._unread) < INPUT_AHEAD and self.link.waiting < SENT_AHEAD

    def hear(self, kind: int, body: bytes) -> None:
        """What a host says may be anything."""
        try:
            self.take(kind, body)
        except (BadFrame, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            from tampu.remote.runs.running import NoRun

            told = f"an answer that nobody understands ({type(error).__name__}: {error})"
            raise NoRun(self.link.name, self._wish["id"], told) from error

    def take(self, kind: int, body: bytes) -> None:
        if self.outcome is not None:
            # Of a run that was left to itself: its end may come with its beginning.
            return
        if kind in STREAMS:
            place, data = placed(body)
            stream = STREAMS[kind]
            self._write(stream, data[max(0, self._places[stream] - place) :])
            self._places[stream] = place + len(data)
        elif kind == Kind.TAKEN:
            taken = words(body)["taken"]
            del self._unread[: taken - self._taken]
            self._taken = taken
        elif kind == Kind.STARTED and self._wish.get("detached"):
            self.outcome = Outcome(name=self._wish["id"], running=True)
        elif kind == Kind.EXIT:
            self._ended(words(body))
        elif kind == Kind.FAULT and words(body).get("lacks"):
            raise Lacks(tuple((str(each[0]), str(each[1])) for each in words(body)["lacks"]))
        elif kind == Kind.FAULT:
            from tampu.remote.runs.running import NoRun

            raise NoRun(self.link.name, self._wish["id"], words(body)["error"])

    def _ended(self, told: dict[str, Any]) -> None:
        if told.get("running") and not self._wish.get("once"):
            # Its supervisor had no time for us.
            self.begin()
            return
        known = {name: told[name] for name in ENDED if told.get(name) is not None}
        for name, value in known.items():
            if not isinstance(value, ENDED[name]):
                raise BadFrame(f"of another kind: {name}")
        self.outcome = Outcome(name=self._wish["id"], **known)

    def _write(self, stream: str, data: bytes) -> None:
        left = memoryview(data)
        while left and self._outlets[stream] >= 0:
            if not select.select([], [self._outlets[stream]], [], 1)[1]:
                self.link.stay()
                continue
            try:
                left = left[os.write(self._outlets[stream], left[:PIPE_TAKES]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._outlets[stream] = -1
                self.link.send(said(Kind.CLOSE, self.channel, stream=stream))

    def _read(self, stdin: int) -> None:
        try:
            data = os.read(stdin, PIECE)
        except BlockingIOError:
            return
        if data:
            self.link.send(piece(Kind.IN, self.channel, self._taken + len(self._unread), data))
            self._unread += data
        else:
            self._input_over = True
            self._end_input()

    def _end_input(self) -> None:
        self.link.send(said(Kind.END, self.channel, end=self._taken + len(self._unread)))

    def _pass_on(self, number: int) -> None:
        if number == signal.SIGWINCH:
            if self._wish.get("tty") and os.isatty(self._ends.stdout):
                size = os.get_terminal_size(self._ends.stdout)
                self.link.send(said(Kind.SIZE, self.channel, size=(size.lines, size.columns)))
        elif self._signals and number == signal.SIGINT and self._signals.interrupts > 1:
            self.link.send(frame(Kind.KILL, self.channel))
        else:
            self.link.send(said(Kind.SIGNAL, self.channel, signal=number))

    def _take_up(self) -> None:
        """After a cut, for as long as the run waits for us."""
        from tampu.remote.links.link_errors import OutOfReach
        from tampu.remote.runs.running import CutOff

        grace = self._wish.get("grace", CUT_GRACE)
        until = time.monotonic() + grace
        while True:
            try:
                self.link = self.link.again()
            except (Cut, OutOfReach) as error:  # noqa: PERF203 - seldom
                if time.monotonic() > until:
                    raise CutOff(self.link.name, self._wish["id"], grace) from error
                time.sleep(PAUSE)
            else:
                self.begin()
                return
