"""Hears READY=1 from a program that is being started, as systemd would."""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tampu.daemon import readiness
from tampu.daemon.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.daemon.become import Person
    from tampu.daemon.detach import Starter

LONGEST = 4096
CREDENTIALS = "3i"


class Listener:
    """`heard` are the names and values of all that was said."""

    def __init__(self, server: socket.socket, name: str, uids: frozenset[int]) -> None:
        self.env: Mapping[str, str] = {"NOTIFY_SOCKET": f"@{name}"}
        self.heard: dict[str, str] = {}
        self._server = server
        self._uids = uids

    @property
    def wanted(self) -> str:
        status = self.heard.get("STATUS")
        return "it hasn't said READY=1" + (f", but {status!r}" if status else "")

    def ready(self, starter: Starter, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while "READY" not in self.heard:
            left = deadline - time.monotonic()
            ended = left <= 0 or readiness.wait_for_end(starter, left, self._server.fileno())
            self._hear()
            if ended:
                break
        return self.heard.get("READY") == "1"

    def _hear(self) -> None:
        while True:
            try:
                text, extra, _, _ = self._server.recvmsg(LONGEST, socket.CMSG_SPACE(struct.calcsize(CREDENTIALS)))
            except BlockingIOError:
                return
            if self._uids & set(_senders(extra)):
                lines = text.decode("utf-8", "replace").splitlines()
                self.heard |= dict(line.split("=", 1) for line in lines if "=" in line)


@contextmanager
def listen(token: str, person: Person | None) -> Iterator[Listener]:
    """Anybody can find the socket; only root, we, and the user that the program runs as are listened to."""
    name = f"tampu-{token}"
    uids = frozenset({ROOT, os.geteuid(), person.uid if person else os.geteuid()})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        server.bind(f"\0{name}")
        yield Listener(server, name, uids)


def _senders(extra: list[tuple[int, int, bytes]]) -> Iterator[int]:
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            yield struct.unpack(CREDENTIALS, data[: struct.calcsize(CREDENTIALS)])[1]
