"""Runs a program so that nothing it starts outlives it, nor whoever asked for it: python guard.py SECONDS PROGRAM...

It is a program of its own, with a pipe on stdin: a first byte asks the program to end, and what is left after SECONDS
is killed; a second byte kills at once. The end of the pipe counts as the first byte, so that even a kill -9 of whoever
holds it leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

ORDERS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
NOT_STARTED = 127
ENDED_BY_SIGNAL = 128
PAUSE = 0.02
NEVER = float("inf")


class Guard:
    """What became of a program and its offspring; all of them are this process's own descendants for ever."""

    def __init__(self, child: int, patience: float) -> None:
        self._child = child
        self._patience = patience
        self._deadline = NEVER
        self._code = 0

    def watch(self, orders: int, news: int) -> int:
        """The program's exit code, once nothing is left."""
        watched = [orders, news]
        while self._any_left():
            ready, _, _ = select.select(watched, [], [], self._wait())
            if news in ready:
                os.read(news, 4096)
            if orders in ready and not self._obey(os.read(orders, 1)):
                watched = [news]
            if time.monotonic() >= self._deadline:
                _signal_all(signal.SIGKILL)
        return self._code

    def ask(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGTERM)
        self._deadline = min(self._deadline, time.monotonic() + self._patience)

    def _obey(self, order: bytes) -> bool:
        """Whether there may be more orders."""
        if order and self._deadline < NEVER:
            self._deadline = time.monotonic()
        elif self._deadline == NEVER:
            self.ask()
        return bool(order)

    def _wait(self) -> float | None:
        return None if self._deadline == NEVER else max(self._deadline - time.monotonic(), PAUSE)

    def _any_left(self) -> bool:
        with suppress(ChildProcessError):
            while True:
                ended, status = os.waitpid(-1, os.WNOHANG)
                if not ended:
                    return True
                if ended == self._child:
                    self._code = _exit_code(status)
                    self._deadline = min(self._deadline, time.monotonic() + self._patience)
                    _signal_all(signal.SIGTERM)
        return False


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else ENDED_BY_SIGNAL - code


def _signal_all(number: signal.Signals) -> None:
    for process in _descendants():
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[1-9]*"):
        # One that has just ended has no such file any more.
        with suppress(OSError):
            parent = int((place / "stat").read_bytes().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(place.name))
    found = [os.getpid()]
    for process in found:
        found += children.get(process, [])
    return found[1:]


def _start(argv: list[str]) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ORDERS)
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == parent:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execvp(argv[0], argv)  # noqa: S606 - that is what it is for
    except OSError as error:
        os.write(2, f"{argv[0]} can't be started: {error.strerror}\n".encode())
    os._exit(NOT_STARTED)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def main(patience: str, *argv: str) -> int:
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    news, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written)
    # What arrives before there is somebody to hear it waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, ORDERS)
    guard = Guard(_start(list(argv)), float(patience))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in ORDERS:
        signal.signal(number, lambda *_: guard.ask())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ORDERS)
    return guard.watch(0, news)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
