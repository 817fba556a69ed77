"""Talks to a running supervisord, over the socket that only its owner can open."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
import xmlrpc.client
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypedDict, cast

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 15.0
BROKEN = frozenset({"BACKOFF", "FATAL"})
THERE = frozenset({"STARTING", "RUNNING", "STOPPING", "BACKOFF"})
PAUSE = 0.02


class Process(TypedDict):
    """What supervisord says about one."""

    group: str
    statename: str
    pid: int
    start: int
    exitstatus: int


class NoAnswer(Exception):
    """Nobody listens there, or not any more, or it doesn't want to: what runs says so itself."""


class Supervisor(Protocol):
    def states(self) -> dict[str, str]:
        """The state of each program, such as {"app": "RUNNING"}; of several processes of one, the worst counts."""

    def start(self, program: str) -> None:
        """Start it, without waiting for it to be there."""

    def stop(self, *programs: str, at_once: str = "") -> None:
        """Stop them, and wait until they are gone; that one drops what it is at."""


class SupervisorSocket:
    def __init__(self, path: Path) -> None:
        self._path = path

    def states(self) -> dict[str, str]:
        worst_last = sorted(self._processes(), key=lambda process: process["statename"] in BROKEN)
        return {process["group"]: process["statename"] for process in worst_last}

    def start(self, program: str) -> None:
        self._call("startProcessGroup", program, False)  # noqa: FBT003 - supervisor's own words

    def stop(self, *programs: str, at_once: str = "") -> None:
        # To wait there takes it a second more than the programs need.
        for program in programs:
            self._call("stopProcessGroup", program, False)  # noqa: FBT003 - likewise
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            left = [process for process in self._processes() if process["group"] in programs and _is_there(process)]
            if not left:
                return
            for process in left:
                _interrupt(process, at_once)
            time.sleep(PAUSE)

    def about(self, program: str) -> Process | None:
        """What it says of a program of one process; None if it has no such program."""
        return next((process for process in self._processes() if process["group"] == program), None)

    def reread(self) -> tuple[list[str], list[str], list[str]]:
        """The programs that its configuration has added, changed and removed since it took them up."""
        ((added, changed, removed),) = cast("list[tuple[list[str], list[str], list[str]]]", self._call("reloadConfig"))
        return added, changed, removed

    def add(self, program: str) -> None:
        """Take it up, and start it if its configuration says so."""
        self._call("addProcessGroup", program)

    def remove(self, program: str) -> None:
        self._call("removeProcessGroup", program)

    def _processes(self) -> list[Process]:
        return cast("list[Process]", self._call("getAllProcessInfo"))

    def _call(self, method: str, *words: object) -> object:
        address = "http://supervisor/RPC2"
        transport = _OverSocket(self._path)
        try:
            with xmlrpc.client.ServerProxy(address, transport=transport) as server:
                return getattr(server.supervisor, method)(*words)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise NoAnswer(str(error)) from error


def _is_there(process: Process) -> bool:
    return process["statename"] in THERE


def _interrupt(process: Process, program: str) -> None:
    """Again and again: uWSGI looks for workers that have ended only once a second, and when it gets a signal."""
    if process["group"] == program and process["pid"]:
        with suppress(ProcessLookupError):
            os.kill(process["pid"], signal.SIGINT)


class _OverSocket(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002 - there is only one
        return _Connection(self._path)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("supervisor", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
