"""Messages between the processes of a reload: JSON, a line each, with descriptors."""

from __future__ import annotations

import json
import os
import select
import socket
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT_ONCE = 1 << 16
MOST_DESCRIPTORS = 64


class Channel:
    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._rest = b""
        self._descriptors: deque[int] = deque()

    @staticmethod
    def pair() -> tuple[Channel, Channel]:
        one, other = socket.socketpair()
        return Channel(one), Channel(other)

    @staticmethod
    def of(descriptor: int) -> Channel:
        return Channel(socket.socket(fileno=descriptor))

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Mapping[str, object], descriptors: Sequence[int] = ()) -> None:
        """To somebody who has ended, nothing is said."""
        data = json.dumps({**message, "descriptors": len(descriptors)}).encode() + b"\n"
        try:
            sent = socket.send_fds(self._socket, [data], descriptors) if descriptors else 0
            self._socket.sendall(data[sent:])
        except (BrokenPipeError, ConnectionResetError):
            return

    def receive(self) -> list[tuple[dict[str, Any], list[int]]] | None:
        """What has come, with its descriptors; None once the other one has ended."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, AT_ONCE, MOST_DESCRIPTORS)
        except ConnectionResetError:
            return None
        self._descriptors += descriptors
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [self._message(line) for line in lines]

    def has_more(self) -> bool:
        return self._socket.fileno() >= 0 and bool(select.select([self._socket], [], [], 0)[0])

    def is_closed(self) -> bool:
        """By the other one; what has come is left where it is."""
        try:
            return not self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self._socket.close()
        for each in self._descriptors:
            os.close(each)
        self._descriptors.clear()

    def _message(self, line: bytes) -> tuple[dict[str, Any], list[int]]:
        message = json.loads(line)
        return message, [self._descriptors.popleft() for _ in range(message.pop("descriptors"))]
