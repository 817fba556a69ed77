"""What stands in front of pods in a cluster: connections go to those that are ready, and no others."""

from __future__ import annotations

import itertools
import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65536
PATIENCE = 10


class Balancer(socketserver.ThreadingTCPServer):
    """`ready` are the addresses that new connections go to, in turn; those that are open stay where they are."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.ready: tuple[tuple[str, int], ...] = ()
        self.turns = itertools.count()
        super().__init__(("127.0.0.1", 0), Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Connection(socketserver.BaseRequestHandler):
    server: Balancer

    def handle(self) -> None:
        ready = self.server.ready
        try:
            pod = socket.create_connection(ready[next(self.server.turns) % len(ready)], timeout=PATIENCE)
        except (OSError, ZeroDivisionError):
            return
        pod.settimeout(None)
        for side in (self.request, pod):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=_pass_on, args=(pod, self.request), daemon=True)
        back.start()
        _pass_on(self.request, pod)
        back.join()
        pod.close()


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    """Until one side has said all; then the other side hears of it."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            to.sendall(data)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)


@contextmanager
def balancer() -> Iterator[Balancer]:
    with Balancer() as found:
        serving = threading.Thread(target=found.serve_forever, daemon=True)
        serving.start()
        yield found
        found.shutdown()
