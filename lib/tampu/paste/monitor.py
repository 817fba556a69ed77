"""Serves anew whenever the server has ended by itself, later each time."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time

from tampu.daemon.places import ROOT
from tampu.paste import listening, standing
from tampu.world.console import PlainConsole

PR_SET_PDEATHSIG = 1
ASKS_TO_END = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
NEWS = ASKS_TO_END | {signal.SIGCHLD}
FIRST, MOST = 1.0, 60.0


class Monitor:
    def __init__(self) -> None:
        self._was_ready, self._tell = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._tries = 0

    def watch(self) -> int | None:
        """None in each process that is to serve; in the one that was started, its exit code at the end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, NEWS)
        while True:
            began = time.monotonic()
            parent = os.getpid()
            child = os.fork()
            if not child:
                self._become_server(parent)
                return None
            _let_go()
            asked, code = _until_end(child)
            # What has never been ready is no server, and would never be one.
            if asked or not self._has_been_ready():
                return max(code, 0) if asked else code if code >= 0 else 128 - code
            self._tries = 1 if time.monotonic() - began > MOST else self._tries + 1
            delay = min(FIRST * 2 ** (self._tries - 1), MOST)
            PlainConsole().step(f"The server ended ({_words(code)}), and starts again in {delay:g} s")
            if signal.sigtimedwait(ASKS_TO_END, delay):
                return 0

    def _become_server(self, parent: int) -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, NEWS)
        standing.on_ready(lambda _: os.write(self._tell, b"."))

    def _has_been_ready(self) -> bool:
        if not self._tries:
            try:
                return bool(os.read(self._was_ready, 1))
            except BlockingIOError:
                return False
        return True


def _until_end(child: int) -> tuple[bool, int]:
    """Whether it was asked to, and the child's exit code, less than 0 for a signal."""
    asked = False
    while True:
        number = signal.sigwaitinfo(NEWS).si_signo
        if number != signal.SIGCHLD:
            asked = True
            os.kill(child, signal.SIGTERM)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return asked, os.waitstatus_to_exitcode(status)


def _let_go() -> None:
    """A server opens its own; but one that is no root's can't open all of them again."""
    again = [each for each in listening.inherited() if os.geteuid() == ROOT or not _is_of_root(each)]
    listening.forget(again)


def _is_of_root(listener: socket.socket) -> bool:
    return listener.family != socket.AF_UNIX and listener.getsockname()[1] < listening.FIRST_FREE_FOR_ALL


def _words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
