"""What lies between two machines: a port of ours that leads to another one, later, and that can be cut."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Sent = queue.Queue[tuple[float, bytes]]

PIECE = 1 << 16
DEEPEST = 64


class Distance:
    """`seconds` is how long a byte takes, one way, and `rate` how many get through in a second; `passed` have."""

    def __init__(self, to: int, seconds: float, rate: float) -> None:
        self._to = to
        self._seconds = seconds
        self._rate = rate
        self.passed = 0
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=DEEPEST)
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._lead(near)

    def _lead(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            near.close()
            return
        for each in (near, far):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open += [near, far]
        for one, other in ((near, far), (far, near)):
            sent: Sent = queue.Queue(DEEPEST)
            threading.Thread(target=self._read, args=(one, sent), daemon=True).start()
            threading.Thread(target=self._write, args=(other, sent), daemon=True).start()

    def _read(self, one: socket.socket, sent: Sent) -> None:
        data = b"."
        while data:
            try:
                data = one.recv(PIECE)
            except OSError:
                data = b""
            sent.put((time.monotonic() + self._seconds, data))

    def _write(self, other: socket.socket, sent: Sent) -> None:
        data = b"."
        with suppress(OSError):
            while data:
                due, data = sent.get()
                time.sleep(max(len(data) / self._rate, due - time.monotonic()))
                if data:
                    other.sendall(data)
                    self.passed += len(data)
            other.shutdown(socket.SHUT_WR)

    def cut(self) -> bool:
        """Whether there was a connection to be cut: neither side hears a word of what is still on its way."""
        with self._lock:
            had, self._open = self._open, []
        for each in had:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.cuts += bool(had)
        return bool(had)

    def close_door(self) -> None:
        """Nobody new gets through."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        self.close_door()
        self.cut()


@contextmanager
def distance(to: int, seconds: float = 0.0, rate: float = float("inf")) -> Iterator[Distance]:
    made = Distance(to, seconds, rate)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join(10)
