"""Very many requests, each sent exactly once: several on their way at a time on each connection."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONNECTIONS = 8
AT_A_TIME = 50
PATIENCE = 60
STATUS = b"HTTP/1.1 "


def fire(port: int, path: str, number: int) -> dict[int, int]:
    """Ask for `path?0`, `path?1` and so on; how often which status was the answer."""
    statuses: Counter[int] = Counter()
    shares = [range(first, number, CONNECTIONS) for first in range(CONNECTIONS)]
    threads = [threading.Thread(target=_fire, args=(port, path, share, statuses)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(statuses)


def _fire(port: int, path: str, share: range, statuses: Counter[int]) -> None:
    for first in range(0, len(share), AT_A_TIME):
        # A server closes a connection after many requests: each bundle has its own, and says which one is its last.
        statuses.update(_bundle(port, path, share[first : first + AT_A_TIME]))


def _bundle(port: int, path: str, numbers: Iterable[int]) -> Iterable[int]:
    requests = [f"GET {path}?{number} HTTP/1.1\r\nHost: localhost\r\n".encode() for number in numbers]
    text = b"\r\n".join(requests) + b"Connection: close\r\n\r\n"
    answers = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(text)
        while more := connection.recv(1 << 18):
            answers += more
    return [int(answer[:3]) for answer in answers.split(STATUS)[1:]]
