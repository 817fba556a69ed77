"""Starts uvicorn's workers on the socket that standard input is, for what `.tampu/stack.json` says."""

from __future__ import annotations

import asyncio
import inspect
import io
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import new_relic
import stack_file
from gathered import gathering
from prefork import Herd
from refusal import Refusal, say
from run_folder import cpus, drain, home, number, run_folder
from uwsgi_start import listen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LAUNCH = os.path.dirname(os.path.abspath(__file__))
MOST_WORKERS = 1000
DEFAULTS = {
    # nginx logs the requests, and sets these headers.
    "access_log": False,
    "server_header": False,
    "date_header": False,
    "log_level": "warning",
    # Longer than nginx keeps a connection that nothing comes through, so that it never sends into a closed one.
    "timeout_keep_alive": 120,
}
# How nginx reaches the app is not a matter of variables.
GIVEN = ("host", "port", "uds", "fd", "workers", "reload", "ssl_", "http2", "app")


def main() -> int:
    place, run = home(os.environ), run_folder(os.environ)
    stack = stack_file.read(place)
    workers = "UVICORN_WORKERS" if os.environ.get("UVICORN_WORKERS") else "WEB_CONCURRENCY"
    count = number(os.environ, workers, cpus(), MOST_WORKERS)
    seconds = drain(os.environ)
    listen(run)
    _print_whole_lines()
    sock = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    approot = os.path.join(place, "current")
    os.chdir(approot)
    _make_room_for_the_app([os.path.normpath(os.path.join(approot, folder)) for folder in stack.get("path", ["."])])
    if new_relic.watches(stack, os.environ):
        new_relic.agent()
    chosen = settings(stack, seconds)

    parent = os.getpid()

    def work(tell: Callable[[], None]) -> None:
        def say_ready() -> None:
            with open(os.path.join(run, "ready"), "wb"):
                tell()

        answer(chosen, sock, parent, say_ready)

    return Herd(work, count, seconds, os.path.join(run, "reload")).run()


def settings(stack: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    """What uvicorn's own command would make of the user's UVICORN_ variables, beside what is given here."""
    from uvicorn import Config
    from uvicorn.main import LOGGING_CONFIG, click
    from uvicorn.main import main as command

    known = inspect.signature(Config).parameters
    defaults = {**DEFAULTS, "timeout_graceful_shutdown": seconds}
    try:
        context = command.make_context("uvicorn", [stack["app"]], default_map=defaults)
    except click.ClickException as error:
        raise Refusal(
            "uvicorn can't be told that", error.format_message(), "what `uvicorn --help` says", "Correct that variable."
        ) from error
    said = {name: value for name, value in context.params.items() if name in known and not name.startswith(GIVEN)}
    return {
        **said,
        "app": stack["app"],
        "factory": bool(stack.get("factory")) or said.get("factory", False),
        "workers": 1,
        # Nobody but nginx can reach the socket.
        "forwarded_allow_ips": "*",
        "headers": [tuple(header.split(":", 1)) for header in said.get("headers") or ()],
        "log_config": said.get("log_config") or LOGGING_CONFIG,
    }


def answer(chosen: Mapping[str, Any], sock: socket.socket, parent: int, say_ready: Callable[[], None]) -> None:
    """A worker's life."""
    from uvicorn import Config, Server

    class Answering(Server):  # type: ignore[misc]
        """Says when it can answer, ends with its parent, and takes its leave of each connection."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            self.config.http_protocol_class = gathering(self.config.http_protocol_class)
            await super().startup(sockets=sockets)
            if self.started:
                say_ready()

        async def on_tick(self, counter: int) -> bool:
            return os.getppid() != parent or bool(await super().on_tick(counter))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # A connection that is closed while a request is on its way would lose it: nginx is told to, with an answer.
            for server in self.servers:
                server.close()
            state = self.server_state
            state.default_headers = [*state.default_headers, (b"connection", b"close")]
            for _ in range(5):
                if state.connections:
                    await asyncio.sleep(0.1)
            await super().shutdown(sockets=sockets)

    server = Answering(Config(**chosen))
    server.run(sockets=[sock])
    if not server.started:
        sys.exit(1)


def _print_whole_lines() -> None:
    """Each at once, for the workers share one pipe; with PYTHONUNBUFFERED a line would come in pieces."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, write_through=False)


def _make_room_for_the_app(path: list[str]) -> None:
    """Our modules leave their names: the app may have some of the same."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != LAUNCH]
    sys.path[:0] = path
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name != "__main__" and os.path.dirname(os.path.abspath(file)) == LAUNCH:
            del sys.modules[name]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refusal as refusal:
        say(str(refusal))
        sys.exit(1)
