"""Clients that ask without a pause, and what became of each request: nothing is retried that a browser would not."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60
# How long a client waits who was refused: long enough not to take the CPU from those who start.
PAUSE = 0.003


class Fate(Enum):
    OK = "ok"
    # Nobody listened: no request was sent.
    REFUSED = "refused"
    # A kept connection was closed before a byte of the answer came: HTTP clients ask again, on a new one.
    STALE = "stale"
    EMPTY = "closed without an answer"
    RESET = "reset without an answer"
    CUT = "an answer cut short"
    STATUS = "another status"
    BODY = "another body"
    LATE = "no answer in time"


HARMLESS = frozenset({Fate.OK, Fate.REFUSED, Fate.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A request that was sent and not answered as it should have been; `at` is in seconds of `time.monotonic`."""

    fate: Fate
    at: float
    kept: bool
    detail: str

    def __str__(self) -> str:
        client = "kept connection" if self.kept else "new connection"
        return f"{self.fate.value} ({client}, at {self.at:.3f}): {self.detail}"


@dataclass(slots=True)
class Load:
    """Clients that ask for those paths, which answer with what they were asked for."""

    port: int
    paths: tuple[str, ...] = ("/slow", *("/quick",) * 5)
    closing: int = 6
    keeping: int = 6
    pause: float = 0.0
    fates: Counter[Fate] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    slowest: float = 0.0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        for number in range(self.closing + self.keeping):
            path = self.paths[number % len(self.paths)]
            thread = threading.Thread(target=self._ask_on, args=(path,), kwargs={"keeps": number >= self.closing})
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def told(self) -> dict[str, int]:
        return {fate.value: number for fate, number in sorted(self.fates.items(), key=lambda one: one[0].value)}

    def wait_for(self, answers: int, seconds: float = PATIENCE) -> None:
        """Until so many more requests have been answered well."""
        wanted, end = self.fates[Fate.OK] + answers, time.monotonic() + seconds
        while self.fates[Fate.OK] < wanted:
            assert time.monotonic() < end, f"{self.told()} after {seconds} s"
            time.sleep(PAUSE)

    def _ask_on(self, path: str, *, keeps: bool) -> None:
        client = Client(self.port, keeps=keeps)
        while not self._stopping.is_set():
            started = time.monotonic()
            fate, detail = client.ask(f"{path}?{next(self._numbers)}")
            ended = time.monotonic()
            with self._lock:
                self.fates[fate] += 1
                if fate is Fate.OK:
                    self.slowest = max(self.slowest, ended - started)
                if fate not in HARMLESS:
                    self.losses.append(Loss(fate=fate, at=ended, kept=keeps, detail=detail))
            time.sleep(PAUSE if fate is Fate.REFUSED else self.pause)
        client.close()


@contextmanager
def under_load(port: int, pause: float = 0.0) -> Iterator[Load]:
    load = Load(port, pause=pause)
    load.start()
    try:
        yield load
    finally:
        load.stop()


class Client:
    """One that keeps its connection, or one that takes a new one each time."""

    def __init__(self, port: int, *, keeps: bool) -> None:
        self._port, self._keeps = port, keeps
        self._connection: socket.socket | None = None

    def ask(self, path: str) -> tuple[Fate, str]:
        """What became of a request for that path, which should be answered with 200 and the path itself."""
        used = self._connection is not None
        try:
            connection = self._connection or self._connect()
        except ConnectionRefusedError:
            return Fate.REFUSED, ""
        except OSError as error:
            return Fate.RESET, f"{path}: connect: {error}"
        fate, detail, goes_on = self._exchange(connection, path)
        if fate is not Fate.OK or not goes_on:
            self.close()
        return (Fate.STALE if used and fate in {Fate.EMPTY, Fate.RESET} else fate), f"{path}: {detail}"

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection

    def _exchange(self, connection: socket.socket, path: str) -> tuple[Fate, str, bool]:
        way = "keep-alive" if self._keeps else "close"
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: {way}\r\n\r\n".encode()
        answer = b""
        try:
            connection.sendall(request)
            while not _complete(answer):
                more = connection.recv(65536)
                if not more:
                    return (Fate.CUT if answer else Fate.EMPTY), repr(answer), False
                answer += more
        except TimeoutError:
            return Fate.LATE, repr(answer), False
        except OSError as error:
            return (Fate.CUT if answer else Fate.RESET), f"{error} {answer!r}", False
        return _judged(answer, path, keeps=self._keeps)


def _judged(answer: bytes, path: str, *, keeps: bool) -> tuple[Fate, str, bool]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        return Fate.STATUS, repr(answer), False
    if body != path.encode():
        return Fate.BODY, repr(answer), False
    return Fate.OK, "", keeps and b"connection: close" not in head.lower()


def _complete(answer: bytes) -> bool:
    """All of an answer is there: one that says how long it is, as those of the tests' apps and of nginx do."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
    return False


def knock(port: int, path: str, seconds: float = PATIENCE) -> float:
    """Ask until the answer is a good one; `time.monotonic` of then."""
    end = time.monotonic() + seconds
    last = ""
    while time.monotonic() < end:
        fate, last = Client(port, keeps=False).ask(f"{path}?knock")
        if fate is Fate.OK:
            return time.monotonic()
        time.sleep(PAUSE)
    raise AssertionError(f"nothing answers on {port} after {seconds} s: {last}")
