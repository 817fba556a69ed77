"""uvicorn, for apps that speak ASGI; those that speak WSGI it serves by means of its own."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from tampu.paste import listening, standing
from tampu.paste.servers.options import Options, said_at
from tampu.paste.troubles import NotInstalled

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL_HOST = "127.0.0.1"
USUAL_PORT = "8000"
# At the end, for those who are connected.
FAREWELL = 0.5
LOOKS = 5
# What is a matter of `tampu serve`, or of several processes, which it doesn't have here.
NOT_HERE = frozenset({"reload", "reload_dir", "workers", "fd", "factory", "app_dir", "interface"})


def serve(app: Any, global_conf: Mapping[str, str], **said: str) -> int:  # noqa: ANN401 - ASGI or WSGI
    try:
        from uvicorn import Config, Server
    except ImportError:
        raise NotInstalled(said_at(global_conf, "use", "egg:tampu#uvicorn"), "uvicorn") from None
    options = Options("uvicorn", global_conf, said)
    path, host, port = options.text("uds"), options.text("host", USUAL_HOST), options.port(USUAL_PORT)
    chosen = _settings(options, {name: said[name] for name in said if name not in {"uds", "host", "port"}})
    opened = [listening.unix_socket(path)] if path else listening.sockets(host, port, options.where("port"))

    class Telling(Server):  # type: ignore[misc]
        async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's
            await super().startup(sockets=sockets)
            if self.started:
                standing.ready()

        async def shutdown(self, sockets: Any = None) -> None:  # noqa: ANN401 - likewise
            # Who is connected and hasn't asked yet would find a closed door: there is time to, and the answer tells.
            for server in self.servers:
                server.close()
            state = self.server_state
            state.default_headers = [*state.default_headers, (b"connection", b"close")]
            for _ in range(LOOKS):
                if state.connections:
                    await asyncio.sleep(FAREWELL / LOOKS)
            await super().shutdown(sockets=sockets)

    server = Telling(Config(app, interface="auto" if _is_asgi(app) else "wsgi", **chosen))
    server.run(sockets=opened)
    return 0 if server.started else 1


def _settings(options: Options, said: Mapping[str, str]) -> dict[str, Any]:
    from uvicorn import Config

    for name, value in said.items():
        if name in NOT_HERE:
            raise options.bad(name, value, "what uvicorn does in one process", "Take that line away.")
    known = inspect.signature(Config).parameters
    chosen = {name: _read(options, name, value) for name, value in said.items()}
    return {name: value for name, value in chosen.items() if name in known}


def _read(options: Options, name: str, value: str) -> Any:  # noqa: ANN401 - what uvicorn makes of it
    """As uvicorn's own command reads it: some have a value, some are there or not."""
    from uvicorn.main import click
    from uvicorn.main import main as command

    word = name.replace("_", "-")
    if any(each.name == name and each.is_flag for each in command.params if isinstance(each, click.Option)):
        words = [f"--{word}" if options.flag(name) else f"--no-{word}"]
    else:
        words = [f"--{word}", value]
    try:
        return command.make_context("uvicorn", [*words, "app"]).params[name]
    except click.ClickException as error:
        raise options.bad(name, value, error.format_message()) from None


def _is_asgi(app: Any) -> bool:  # noqa: ANN401 - whatever it is
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None))  # noqa: B004
