"""One for each run, outliving the link: it writes what the program says into files, and hands it what it is to read."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import socket
import time

from tampu.remote.agent.compiling import compile_at_last
from tampu.remote.agent.holding import leased
from tampu.remote.agent.places import STREAMS, Store, note
from tampu.remote.agent.program import Program
from tampu.remote.agent.watcher import Watcher
from tampu.remote.links.wire import PIECE, Kind, frame, placed, said, words

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.agent.program import Ready

# What may wait in memory for a program that doesn't read: a client sends no more than this ahead of it.
INPUT_AHEAD = 1 << 18
# What nobody has fetched yet may be that much, then the program waits as it would for a slow terminal.
OUTPUT_AHEAD = 1 << 26
# Of a program that has ended, pipes hold no more.
LEFT_IN_PIPES = 1 << 20
CUT_GRACE = 30.0
KILL_AFTER = 1.0
KILLED_WITHIN = 10.0
PAUSE = 0.01
# No more than that counts as waited between two looks: while the machine stands still, nobody ends or comes back.
TICK = 0.1
NEVER = float("inf")


class Supervisor:
    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.detached = bool(spec.get("detached"))
        self.grace = float(spec.get("grace", CUT_GRACE))
        self.watchers: list[Watcher] = []
        self.held = bytearray()
        self.taken = 0
        self.input_ends = NEVER
        self.written = dict.fromkeys(STREAMS, 0)
        self.seen = 0
        self.left = NEVER
        self.looked = time.monotonic()
        self.next_signal = signal.SIGTERM

    def settle(self, store: Store) -> bool:
        """Whether this run is new; from then on it is there for all, and never half."""
        made = os.path.join(store.runs, f".{self.spec['id']}.{os.getpid()}")
        os.mkdir(made, 0o700)
        # All names are relative from here on: a socket's may not be long.
        os.chdir(made)
        self.lock = os.open("lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind("door")
        self.door.listen(8)
        self.door.setblocking(False)  # noqa: FBT003 - its name
        self.files = {name: os.open(name, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600) for name in STREAMS}
        told = {name: self.spec.get(name) for name in ("id", "argv", "cwd", "tty", "tree", "environment")}
        note("about", dict(told, started=time.time(), supervisor=os.getpid()))
        if self.detached:
            os.close(os.open("detached", os.O_CREAT | os.O_WRONLY, 0o600))
        self.store = store
        self.holds, lacking = leased(store, self.spec)
        try:
            if lacking:
                raise FileNotFoundError
            os.rename(made, store.run(self.spec["id"]))
        except OSError:
            shutil.rmtree(made)
            return False
        return True

    def go(self, ready: Ready) -> None:
        self.woken, wake = os.pipe()
        for end in (self.woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.program = Program(self.spec, ready)
        self._alone()
        ended: dict[str, Any] = {}
        while not ended:
            self._once()
            ended = self.program.ended()
        for stream in STREAMS:
            left = LEFT_IN_PIPES
            while left > 0 and getattr(self.program, stream) >= 0:
                left -= self._pump(stream) or LEFT_IN_PIPES
        note("exit", dict(ended, ended=time.time(), **self.written))
        try:
            os.unlink("door")
        except FileNotFoundError:
            pass
        if self.next_signal == signal.SIGKILL:
            until = time.monotonic() + KILLED_WITHIN
            while self.program.end_rest() and time.monotonic() < until:
                time.sleep(PAUSE)
        compile_at_last(self.store, self.spec, self.holds)

    def _once(self) -> None:
        streams = self._heard_streams()
        watchers = {watcher.door.fileno(): watcher for watcher in self.watchers}
        reading = [self.door.fileno(), self.woken, *watchers, *streams]
        writing = [end for end, watcher in watchers.items() if watcher.unsent]
        if self.held and self.program.stdin >= 0:
            writing.append(self.program.stdin)
        patience = None if self.left == NEVER else max(0.0, min(self.left, TICK))
        ready, free, _ = select.select(reading, writing, [], patience)
        self._count_down()
        for end in ready:
            if end in streams:
                self._pump(streams[end])
            elif end in watchers:
                self._hear(watchers[end])
            elif end == self.woken:
                os.read(self.woken, PIECE)
            else:
                self._let_in()
        for end in free:
            if end in watchers:
                watchers[end].flush()
            else:
                self._feed()
        if self.left <= 0:
            self._end()

    def _count_down(self) -> None:
        before, self.looked = self.looked, time.monotonic()
        self.left -= min(self.looked - before, TICK)

    def _heard_streams(self) -> dict[int, str]:
        """Those that are read from now: none while too much waits for somebody to fetch it."""
        if sum(self.written.values()) - self.seen > OUTPUT_AHEAD and not self.detached:
            return {}
        ends = {getattr(self.program, stream): stream for stream in STREAMS}
        return {end: stream for end, stream in ends.items() if end >= 0}

    def _pump(self, stream: str) -> int:
        """From the program to its file."""
        try:
            data = os.read(getattr(self.program, stream), PIECE)
        except BlockingIOError:
            return 0
        except OSError:
            # A terminal that nobody holds open any more.
            data = b""
        if not data:
            self.program.shut(stream)
            return 0
        left = memoryview(data)
        while left:
            left = left[os.write(self.files[stream], left) :]
        self.written[stream] += len(data)
        for watcher in self.watchers:
            if not watcher.unsent:
                watcher.say(frame(Kind.NEWS))
        return len(data)

    def _let_in(self) -> None:
        door, _ = self.door.accept()
        door.setblocking(False)  # noqa: FBT003 - its name
        watcher = Watcher(door)
        self.watchers.append(watcher)
        if self.next_signal == signal.SIGTERM:
            self.left = NEVER
        watcher.say(said(Kind.TAKEN, taken=self.taken))

    def _hear(self, watcher: Watcher) -> None:
        try:
            data = watcher.door.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        for kind, _, body in watcher.frames.feed(data):
            self._obey(kind, body)
        if not data:
            watcher.door.close()
            self.watchers.remove(watcher)
            self._alone()

    def _obey(self, kind: int, body: bytes) -> None:
        if kind == Kind.IN:
            place, data = placed(body)
            # After a cut, what was on its way comes twice.
            self.held += data[max(0, self.taken + len(self.held) - place) :]
        elif kind == Kind.END:
            self.input_ends = words(body)["end"]
        elif kind == Kind.SIGNAL:
            self.program.signal(words(body)["signal"])
        elif kind == Kind.SIZE:
            self.program.resize(words(body)["size"])
        elif kind == Kind.CLOSE:
            self.program.shut(words(body)["stream"])
        elif kind == Kind.SEEN:
            self.seen = max(self.seen, words(body)["seen"])
        elif kind == Kind.KILL or (kind == Kind.GONE and not self.detached):
            self.left = 0.0
        self._close_input()

    def _feed(self) -> None:
        try:
            done = os.write(self.program.stdin, self.held[:PIECE])
        except BlockingIOError:
            return
        except OSError:
            # It reads no more: what comes is taken, and goes nowhere.
            self.program.shut("stdin")
            done = 0
        del self.held[:done]
        self.taken += done
        for watcher in self.watchers:
            watcher.say(said(Kind.TAKEN, taken=self.taken))
        self._close_input()

    def _close_input(self) -> None:
        if self.program.stdin < 0:
            self.taken += len(self.held)
            self.held.clear()
        elif self.taken >= self.input_ends:
            self.program.end_of_input()

    def _alone(self) -> None:
        if not (self.watchers or self.detached) and self.left == NEVER:
            self.left = self.grace

    def _end(self) -> None:
        self.program.end(self.next_signal)
        self.next_signal = signal.SIGKILL
        self.left = KILL_AFTER
