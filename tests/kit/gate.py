"""A proxy before a folder of files that treats each answer as it is told: cuts it, holds it up, changes it, or lies."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from tests.kit import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Fault = Callable[["Passage"], None]

PIECE = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """An answer on its way, and whoever waits for it; `over` is when the gate is taken down."""

    path: str
    answer: bytes
    client: socket.socket
    over: Event

    @property
    def body(self) -> int:
        """Where it begins."""
        return self.answer.index(END_OF_HEAD) + len(END_OF_HEAD)


@dataclass(slots=True, kw_only=True)
class Gate:
    """`fault` says what becomes of an answer, by its path and how often that was asked for before."""

    url: str
    upstream: web.Site
    over: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)
    fault: Callable[[str, int], Fault | None] = lambda _path, _times: None
    lock: Lock = field(default_factory=Lock)

    def treat(self, client: socket.socket, request: bytes) -> None:
        path = request.split(b" ")[1].decode()
        with self.lock:
            times = self.asked.count(path)
            self.asked.append(path)
        fault = self.fault(path, times) or whole
        fault(Passage(path=path, answer=_answer(self.upstream, request), client=client, over=self.over))


def whole(passage: Passage) -> None:
    passage.client.sendall(passage.answer)


def closed(_: Passage) -> None:
    """Not a word."""


def cut(share: float) -> Fault:
    """Whoever waits gets this much of the body, and no more."""

    def fault(passage: Passage) -> None:
        body = passage.body
        passage.client.sendall(passage.answer[: body + int((len(passage.answer) - body) * share)])

    return fault


def cut_at(byte: int) -> Fault:
    """Of the answer, its head included; a number below zero counts from its end."""
    return lambda passage: passage.client.sendall(passage.answer[:byte])


def stalled(passage: Passage) -> None:
    """Half of it, and then nothing."""
    passage.client.sendall(passage.answer[: len(passage.answer) // 2])
    passage.over.wait()


def slow(passage: Passage) -> None:
    """In many pieces, with a pause after each."""
    step = max(1, len(passage.answer) // 8)
    for start in range(0, len(passage.answer), step):
        passage.client.sendall(passage.answer[start : start + step])
        passage.over.wait(0.02)


def altered(passage: Passage) -> None:
    """With another byte in its middle, and as long as it should be."""
    if passage.body == len(passage.answer):
        whole(passage)
        return
    middle = (passage.body + len(passage.answer)) // 2
    other = bytes((passage.answer[middle] ^ 0xFF,))
    passage.client.sendall(passage.answer[:middle] + other + passage.answer[middle + 1 :])


def longer(passage: Passage) -> None:
    """With a head that tells no length, and more behind it than there should be."""
    passage.client.sendall(b"HTTP/1.0 200 OK" + END_OF_HEAD + passage.answer[passage.body :] + bytes(PIECE))


def endless(passage: Passage) -> None:
    passage.client.sendall(b"HTTP/1.0 200 OK" + END_OF_HEAD)
    while not passage.over.is_set():
        passage.client.sendall(bytes(PIECE))


def in_circles(passage: Passage) -> None:
    passage.client.sendall(b"HTTP/1.0 302 Found\r\nLocation: " + passage.path.encode() + END_OF_HEAD)


def _answer(upstream: web.Site, request: bytes) -> bytes:
    name, _, port = upstream.host.partition(":")
    with socket.create_connection((name, int(port))) as origin:
        origin.sendall(request)
        return b"".join(iter(partial(origin.recv, PIECE), b""))


class _Handler(StreamRequestHandler):
    def __init__(self, request: socket.socket, peer: tuple[str, int], server: _Server, *, gate: Gate) -> None:
        self._gate = gate
        super().__init__(request, peer, server)

    def handle(self) -> None:
        # Those who are cut off, or have enough, go; some before they have asked for anything.
        with suppress(OSError):
            head = b""
            for line in self.rfile:
                head += line
                if line == b"\r\n":
                    self._gate.treat(self.connection, head)
                    return


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def before(folder: Path) -> Iterator[Gate]:
    """Everything there goes through it, one request to a connection."""
    with web.serve(folder) as upstream, _Server(("127.0.0.1", 0), StreamRequestHandler) as server:
        gate = Gate(url=f"http://127.0.0.1:{server.server_address[1]}", upstream=upstream)
        server.RequestHandlerClass = partial(_Handler, gate=gate)
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.02))
        thread.start()
        try:
            yield gate
        finally:
            gate.over.set()
            server.shutdown()
            thread.join()
