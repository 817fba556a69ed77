"""When a daemon is ready: it says so, a port answers, a file is there, or it has lasted; never, if it ends before."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tampu.daemon.become import Person
    from tampu.daemon.detach import Starter
    from tampu.daemon.wish import Wish

PAUSE = 0.002
LONGEST_PAUSE = 0.05
LINES = 10
TAIL = 4096
WIDEST = 86


class EndedEarly(TampuError):
    reason = "daemon::ended-early"

    def __init__(self, name: str, status: int, said: str) -> None:
        super().__init__(
            title=f"{name} ended before it was ready",
            found=f"{ending(status)}\n{said}",
            expected="a program that goes on, in the foreground",
            todo="Mend what it says. A program that puts itself in the background has to be told not to.",
        )


class NotReady(TampuError):
    reason = "daemon::not-ready"

    def __init__(self, wish: Wish, wanted: str, said: str) -> None:
        super().__init__(
            title=f"{wish.name} wasn't ready in time, and is stopped",
            found=f"after {wish.start_timeout:g} seconds, {wanted}\n{said}",
            expected="it to be ready by then",
            todo="Look at what it does at its start, or give it longer with --timeout.",
        )


class PortTaken(TampuError):
    reason = "daemon::port-taken"

    def __init__(self, name: str, port: int) -> None:
        super().__init__(
            title=f"Somebody else listens on the port of {name}",
            found=f"an answer on port {port}, before {name} was started",
            expected="a port that is free",
            todo=f"Stop what listens there (ss -ltnp 'sport = :{port}' names it), or choose another port.",
        )


class Watch(Protocol):
    """`env` is what the program is given to say that it is ready."""

    @property
    def env(self) -> Mapping[str, str]: ...

    def ready(self, starter: Starter, seconds: float) -> bool:
        """Whether it is, at the latest after so many seconds, and at once if it ends."""

    @property
    def wanted(self) -> str:
        """What was to be seen, and wasn't."""


@contextmanager
def watch(wish: Wish, token: str, person: Person | None) -> Iterator[Watch]:
    """From before the start: what was there already says nothing."""
    from tampu.daemon.wish import Answering, Existing, Lasting, Notified

    ready = wish.ready
    if isinstance(ready, Notified):
        from tampu.daemon.notified import listen

        with listen(token, person) as listener:
            yield listener
    elif isinstance(ready, Answering):
        from tampu.world.ports import answers

        if answers(ready.port):
            raise PortTaken(wish.name, ready.port)
        yield Looking(lambda: answers(ready.port), f"port {ready.port} doesn't answer")
    elif isinstance(ready, Existing):
        before = _version(ready.path)
        yield Looking(lambda: _version(ready.path) not in {None, before}, f"{ready.path} isn't there, or is an old one")
    elif isinstance(ready, Lasting):
        yield Enduring(ready.seconds)
    else:
        yield Enduring(0.0)


class Looking:
    def __init__(self, there: Callable[[], bool], wanted: str) -> None:
        self.env: Mapping[str, str] = {}
        self.wanted = wanted
        self._there = there

    def ready(self, starter: Starter, seconds: float) -> bool:
        deadline, pause = time.monotonic() + seconds, PAUSE
        while not self._there():
            if time.monotonic() > deadline or wait_for_end(starter, pause):
                return False
            pause = min(pause * 2, LONGEST_PAUSE)
        return True


class Enduring:
    def __init__(self, seconds: float) -> None:
        self.env: Mapping[str, str] = {}
        self.wanted = ""
        self._seconds = seconds

    def ready(self, starter: Starter, seconds: float) -> bool:  # noqa: ARG002 - it has its own
        return not self._seconds or not wait_for_end(starter, self._seconds)


def wait(wish: Wish, starter: Starter, watch: Watch, written: int) -> None:
    """`written` is how long the log was before the start."""
    deadline = time.monotonic() + wish.start_timeout
    if watch.ready(starter, wish.start_timeout):
        return
    status = starter.ended(0.0)
    if wish.rotation and status is not None:
        # Its words come by way of the writer.
        from tampu.daemon import output, places

        output.settle(places.place(wish.name, wish.pid_dir))
    said = last_words(wish.log, written)
    if status is not None:
        raise EndedEarly(wish.name, status, said)
    if time.monotonic() >= deadline:
        raise NotReady(wish, watch.wanted, said)


def wait_for_end(starter: Starter, seconds: float, *others: int) -> bool:
    """Whether it has ended, at the latest after that long; sooner if there is something to read."""
    poll = select.poll()
    for descriptor in (starter.end_descriptor, *others):
        poll.register(descriptor, select.POLLIN)
    return any(descriptor == starter.end_descriptor for descriptor, _ in poll.poll(max(1, int(seconds * 1000))))


def ending(status: int) -> str:
    """The words for what a parent is told of a child's end."""
    if status < 0:
        return "it is gone, and nobody knows its exit code"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        known = number in signal.Signals.__members__.values()
        return f"ended by signal {number}{f' ({signal.Signals(number).name})' if known else ''}"
    return f"exit code {os.WEXITSTATUS(status)}"


def length(log: Path | None) -> int:
    try:
        return log.stat().st_size if log else 0
    except OSError:
        return 0


def last_words(log: Path | None, written: int) -> str:
    """The last lines that it wrote since its start."""
    if log is None:
        return "(its output goes nowhere)"
    lines = since(log, written, TAIL).decode("utf-8", "replace").splitlines()[-LINES:]
    return "\n".join(line[:WIDEST] for line in lines) or "(it wrote nothing)"


def since(log: Path, written: int, most: int) -> bytes:
    """The end of what stands behind the first `written` bytes."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(written if written <= size else 0, size - most))
            return file.read(most)
    except OSError:
        return b""


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)
