"""A folder served over HTTP on loopback, with a note of what was asked for."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from socket import socket
    from socketserver import BaseServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the folder is served; `requests` grows with each path that is asked for."""

    host: str
    login: str
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def url_with_login(self) -> str:
        return f"http://{self.login}@{self.host}"


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, request: socket, peer: tuple[str, int], server: BaseServer, *, site: Site, root: Path) -> None:
        self.site = site
        super().__init__(request, peer, server, directory=str(root))

    def do_GET(self) -> None:
        self.site.requests.append(self.path)
        if self._welcome():
            super().do_GET()
        else:
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="tests"')
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _welcome(self) -> bool:
        expected = f"Basic {base64.b64encode(self.site.login.encode()).decode()}"
        return not self.site.login or self.headers.get("Authorization") == expected

    def log_message(self, *_: object) -> None:
        """Nothing: `requests` tells."""


@contextmanager
def serve(folder: Path, login: str = "") -> Iterator[Site]:
    """Serve the folder for a while; with a login (`name:password`), to those who know it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        site = Site(host=f"127.0.0.1:{server.server_port}", login=login)
        server.RequestHandlerClass = partial(_Handler, site=site, root=folder)
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.02))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
