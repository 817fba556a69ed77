"""One server, from its config to its end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste import foreign, handing, listening, loading, logs, standing
from tampu.paste.explaining import failed
from tampu.paste.spots import shown
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from tampu.paste.asking import Ask
    from tampu.paste.loading import Server

HTTP = "tampu.paste.servers.waitress"


def serve(ask: Ask) -> int:
    server = loading.load_server(ask)
    logs.configure(ask)
    app = loading.load_app(ask)
    standing.on_ready(lambda _: _settled(ask, server))
    if server.ours:
        standing.heed_signals()
    else:
        foreign.prepare(server.options)
    try:
        result = server(app)
    except TampuError:
        raise
    except Exception as error:
        raise failed("The server", error) from error
    return result if isinstance(result, int) else 0


def _settled(ask: Ask, server: Server) -> None:
    listening.close_unused()
    handing.offer(os.environ)
    if ask.verbosity > 0:
        at = where(server)
        what = shown(ask.file) if ask.file else ask.config
        PlainConsole().step(f"Serving {what} {at and f'at {at} '}in process {os.getpid()}")


def where(server: Server) -> str:
    """Nothing of servers that have sockets of their own."""
    scheme = "http://" if server.context.object.__module__ == HTTP else ""
    return ", ".join(f"{scheme}{_shown(each)}" for each in listening.in_use())


def _shown(listener: socket.socket) -> str:
    address = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return str(address)
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
