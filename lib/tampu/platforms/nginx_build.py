"""`bin/nginx_build`: an nginx for this tampu's own bin/, and a web process that offers it for download."""

from __future__ import annotations

import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tampu.envs import nginx_source
from tampu.envs.nginx import version_of
from tampu.errors import TampuError
from tampu.platforms.surroundings import open_at_home
from tampu.world.house import house
from tampu.world.ports import HIGHEST, is_port, obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tampu.world.console import Console

ADDRESS = "/nginx/sbin/nginx"


class WrongCall(TampuError):
    reason = "usage::nginx-build"
    exit_code = 2

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__(
            title="bin/nginx_build was called with other arguments than it takes",
            found=" ".join(found),
            expected="bin/nginx_build [--out FILE]",
            todo="Call it like that. NGINX_VERSION and NGINX_MODULES in the environment say which nginx.",
        )


class NoPort(TampuError):
    reason = "nginx::port"

    def __init__(self, port: str, why: str) -> None:
        super().__init__(
            title="nginx can't be offered for download at PORT",
            found=f"PORT={port} ({why})",
            expected=f"a free port, from 1 to {HIGHEST}",
            todo="Set another PORT, or unset it to build nginx and leave it at that.",
        )


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console, wait: Callable[[], None] | None = None) -> int:
    """Build it; where PORT is set, offer it from the beginning, as platforms give a process little time to listen."""
    out = read_out(argv)
    world = open_at_home(environ, say)
    port = environ.get("PORT", "")
    offer = serve(_port(port), out, say) if port else None
    pin = nginx_source.choose(environ.get("NGINX_VERSION", ""), world)
    say.step(f"Building nginx {pin.version}")
    nginx_source.make(pin, tuple(environ.get("NGINX_MODULES", "").split()), out, world)
    say.detail(f"nginx {version_of(out, str(out), world)} is in {out}")
    if offer:
        offer.ready = True
        say.detail(f"It can be downloaded from port {port} at {ADDRESS}")
        (wait or threading.Event().wait)()
    return 0


def read_out(argv: Sequence[str]) -> Path:
    match list(argv):
        case []:
            return house() / "bin" / "nginx"
        case ["--out", place] if place:
            return Path(place).absolute()
        case _:
            raise WrongCall(argv)


def _port(text: str) -> int:
    if not is_port(text):
        raise NoPort(text, "no port")
    if why := obstacle(int(text)):
        raise NoPort(text, why)
    return int(text)


class Offer(ThreadingHTTPServer):
    """A server of one file."""

    daemon_threads = True
    ready = False


class Answers(BaseHTTPRequestHandler):
    """The file at its address, once it is there; nothing else."""

    server: Offer

    def __init__(self, file: Path, say: Console, *rest: Any) -> None:  # noqa: ANN401 - what http.server hands on
        self._file = file
        self._say = say
        super().__init__(*rest)

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        self.wfile.write(self._begin())

    def _begin(self) -> bytes:
        status = HTTPStatus.NOT_FOUND
        if self.path.partition("?")[0] == ADDRESS:
            status = HTTPStatus.OK if self.server.ready else HTTPStatus.SERVICE_UNAVAILABLE
        content = self._file.read_bytes() if status is HTTPStatus.OK else f"{status.phrase}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream" if status is HTTPStatus.OK else "text/plain")
        self.send_header("Content-Length", str(len(content)))
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", "10")
        self.end_headers()
        return content

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gave it
        self._say.detail(f"{self.address_string()} {format % args}")


def serve(port: int, file: Path, say: Console) -> Offer:
    offer = Offer(("", port), partial(Answers, file, say))
    threading.Thread(target=offer.serve_forever, daemon=True).start()
    return offer
