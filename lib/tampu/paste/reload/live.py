"""Tells browsers which worker serves: an event stream on a port of this machine alone, held by no worker."""

from __future__ import annotations

import secrets
import selectors
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_REQUEST = 16_384
MOST_CALLERS = 256
HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\nretry: 500\n\n"
)
UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Live:
    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._path = f"/{secrets.token_urlsafe(12)}"
        # Numbers of an earlier run mean nothing.
        self._run = f"{time.time_ns():x}"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)  # noqa: FBT003 - its only form
        self._callers: dict[socket.socket, bytes] = {}
        self._listeners: set[socket.socket] = set()
        self._now = ""
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{self._path}"

    def name_of(self, worker: int) -> str:
        return f"{self._run}-{worker}"

    def tell(self, worker: int) -> None:
        self._now = self.name_of(worker)
        for each in list(self._listeners):
            self._send(each, self._event())

    def close(self) -> None:
        for each in (self._socket, *self._callers):
            each.close()

    def _accept(self) -> None:
        try:
            caller, _ = self._socket.accept()
        except OSError:
            return
        if len(self._callers) >= MOST_CALLERS:
            caller.close()
            return
        caller.setblocking(False)  # noqa: FBT003 - its only form
        self._callers[caller] = b""
        self._selector.register(caller, selectors.EVENT_READ, self._reader(caller))

    def _reader(self, caller: socket.socket) -> Callable[[], None]:
        return lambda: self._read(caller)

    def _read(self, caller: socket.socket) -> None:
        try:
            data = caller.recv(LONGEST_REQUEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        asked = self._callers[caller] + data
        if not data or len(asked) > LONGEST_REQUEST:
            self._drop(caller)
        elif caller not in self._listeners:
            self._callers[caller] = asked
            if b"\r\n\r\n" in asked:
                self._answer(caller, asked)

    def _answer(self, caller: socket.socket, asked: bytes) -> None:
        if asked.split(b" ")[1:2] != [self._path.encode()]:
            self._send(caller, UNKNOWN)
            self._drop(caller)
            return
        self._callers[caller] = b""
        self._listeners.add(caller)
        self._send(caller, HEAD.encode() + (self._event() if self._now else b""))

    def _event(self) -> bytes:
        return f"data: {self._now}\n\n".encode()

    def _send(self, caller: socket.socket, data: bytes) -> None:
        """Who has left a few lines unread has left."""
        try:
            caller.sendall(data)
        except OSError:
            self._drop(caller)

    def _drop(self, caller: socket.socket) -> None:
        if self._callers.pop(caller, None) is not None:
            self._listeners.discard(caller)
            self._selector.unregister(caller)
            caller.close()
