"""Leave the caller: a process in a session of its own, whose parent isn't the caller, and which can report to it.

Two forks. The process between the two waits for the daemon's end as long as the caller listens, and tells its
exit code.
"""

from __future__ import annotations

import os
import select

from tampu.daemon import signals
from tampu.values import dataclass

SEPARATOR = "\0"
READY = "ready "
LONGEST = 4000
STDERR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the starter hears: `failed` says at what and why; `pid` is 0 of a program that was executed."""

    failed: tuple[str, str] | None = None
    pid: int = 0


class Report:
    """The daemon's end of the pipe. It closes by itself when the program is executed."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def failed(self, what: str, why: str) -> None:
        self._write(SEPARATOR.join((what, why))[:LONGEST])

    def ready(self) -> None:
        """What was to be set up is."""
        self._write(f"{READY}{os.getpid()}")
        self.close()

    def heard(self) -> bool:
        """Whether the starter still lives."""
        poll = select.poll()
        poll.register(self.descriptor, 0)
        return not poll.poll(0)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _write(self, text: str) -> None:
        try:
            os.write(self.descriptor, text.encode())
        except OSError:
            # Nobody is left to hear it.
            pass


class Starter:
    """The caller's end."""

    def __init__(self, between: int, told: int, ended: int, life: int) -> None:
        self._between = between
        self._told = told
        self._ended = ended
        self._life = life

    def set_up(self) -> News:
        """Waits until the daemon is set up, has failed at it, or is no more."""
        return read_news(self._told)

    def ended(self, seconds: float) -> int | None:
        """The wait status of the daemon, if it ends in that time; -1 if nobody is left to know it."""
        poll = select.poll()
        poll.register(self._ended, select.POLLIN)
        if not poll.poll(int(seconds * 1000)):
            return None
        text = os.read(self._ended, LONGEST).decode()
        return int(text) if text else -1

    @property
    def end_descriptor(self) -> int:
        """Readable when the daemon has ended."""
        return self._ended

    def close(self) -> None:
        for descriptor in (self._life, self._told, self._ended):
            os.close(descriptor)
        reap(self._between)


def detach() -> Starter | Report:
    """Gives a Starter to the caller, and a Report to the new process."""
    _occupy_standard_descriptors()
    told, tell = os.pipe()
    ended, end = os.pipe()
    listens, life = os.pipe()
    mask = signals.pthread_sigmask(signals.SIG_BLOCK, signals.valid_signals())
    try:
        between = os.fork()
        if between:
            for descriptor in (tell, end, listens):
                os.close(descriptor)
            return Starter(between, told, ended, life)
        for descriptor in (told, ended, life):
            os.close(descriptor)
        _leave(tell, end, listens)
        return Report(tell)
    finally:
        signals.pthread_sigmask(signals.SIG_SETMASK, mask)


def reap(child: int) -> None:
    try:
        os.waitpid(child, 0)
    except ChildProcessError:
        # Who ignores SIGCHLD has no children to wait for.
        pass


def forget_handlers() -> None:
    """As the kernel has them for a new program, so that it isn't started deaf to what its starter ignored."""
    for number in signals.valid_signals() - {signals.SIGKILL, signals.SIGSTOP}:
        try:
            signals.signal(number, signals.SIG_DFL)
        except (OSError, ValueError):
            # Glibc keeps some for itself.
            continue
    signals.pthread_sigmask(signals.SIG_SETMASK, ())


def _leave(tell: int, end: int, listens: int) -> None:
    """Returns in the daemon only."""
    os.setsid()
    try:
        daemon = os.fork()
    except OSError:
        os._exit(os.EX_OSERR)
    if daemon:
        _stand_by(daemon, tell, end, listens)
    os.close(end)
    os.close(listens)


def _stand_by(daemon: int, tell: int, end: int, listens: int) -> None:
    try:
        forget_handlers()
        os.close(tell)
        grip = os.pidfd_open(daemon)
        poll = select.poll()
        poll.register(grip, select.POLLIN)
        poll.register(listens, select.POLLIN)
        if any(descriptor == grip for descriptor, _ in poll.poll()):
            os.write(end, str(os.waitpid(daemon, 0)[1]).encode())
    finally:
        os._exit(0)


def _occupy_standard_descriptors() -> None:
    """Who was started without them would get pipes of ours as stdin or stdout."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= STDERR:
        descriptor = os.dup(descriptor)
    os.close(descriptor)


def read_news(descriptor: int) -> News:
    """All that is written there until nobody can write any more."""
    data = b""
    while block := os.read(descriptor, LONGEST):
        data += block
    text = data.decode("utf-8", "replace")
    if not text or text.startswith(READY):
        return News(pid=int(text.removeprefix(READY) or 0))
    what, _, why = text.partition(SEPARATOR)
    return News(failed=(what, why))
