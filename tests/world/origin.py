"""A server on loopback that behaves as badly as it is told to."""

from __future__ import annotations

import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from socket import socket

    Act = Callable[["Handler"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client sent."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Acts by path; of several acts each is done once, and the last for ever."""

    url: str
    over: Event
    acts: dict[str, list[Act]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]

    def on(self, path: str, *acts: Act) -> str:
        """Do that when the path is asked for; gives back its address."""
        self.acts[path] = list(acts)
        return self.url + path

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


class Handler(BaseHTTPRequestHandler):
    def __init__(self, request: socket, peer: tuple[str, int], server: ThreadingHTTPServer, *, origin: Origin) -> None:
        self.origin = origin
        super().__init__(request, peer, server)

    def do_GET(self) -> None:
        self.origin.asked.append(Asked(method=self.command, path=self.path, headers=dict(self.headers)))
        acts = self.origin.acts.get(self.path, [status(404)])
        act = acts.pop(0) if len(acts) > 1 else acts[0]
        with suppress(ConnectionError):
            act(self)

    def do_CONNECT(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing: `asked` tells."""


def whole(data: bytes) -> Act:
    return lambda handler: _send(handler, data, len(data))


def cut_short(data: bytes) -> Act:
    return lambda handler: _send(handler, data, len(data) + 1)


def without_length(data: bytes) -> Act:
    return lambda handler: _send(handler, data, None)


def told_only(length: int) -> Act:
    return lambda handler: _send(handler, b"", length)


def status(code: int) -> Act:
    return lambda handler: handler.send_error(code)


def redirect(to: str) -> Act:
    def act(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.end_headers()

    return act


def stall(handler: Handler) -> None:
    """Begin well, then say no more."""
    _send(handler, b"some", 1000)
    handler.wfile.flush()
    handler.origin.over.wait()


def silence(handler: Handler) -> None:
    handler.origin.over.wait()


def endless(handler: Handler) -> None:
    _send(handler, b"", None)
    while not handler.origin.over.is_set():
        handler.wfile.write(b"more" * 4096)


def gibberish(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def long_length(data: bytes) -> Act:
    """With a length that Python itself refuses to read."""

    def act(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "9" * 5000)
        handler.end_headers()
        handler.wfile.write(data)

    return act


def cut_chunk(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"400\r\nless than that")


def _send(handler: Handler, data: bytes, length: int | None) -> None:
    handler.send_response(200)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(data)


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go in the middle are what is tested."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Origin]:
    """Serve for a while; with a certificate and its key in one file, over TLS."""
    with Server(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        scheme = "https" if certificate else "http"
        origin = Origin(url=f"{scheme}://127.0.0.1:{server.server_port}", over=Event())
        server.RequestHandlerClass = partial(Handler, origin=origin)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.02))
        thread.start()
        try:
            yield origin
        finally:
            origin.over.set()
            server.shutdown()
            thread.join()
