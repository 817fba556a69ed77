"""An app as its files say now: loaded, served, and told of."""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from tampu.errors import TampuError
from tampu.paste import foreign, listening, loading, logs, serving, standing
from tampu.paste.reload import failure, refresh
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.paste.asking import Ask
    from tampu.paste.loading import Server
    from tampu.paste.reload.offspring import Order
    from tampu.paste.reload.sources import Sources


# Each has replaced parts of the standard library, which has to come before anything else is loaded.
PATCHES = (("gevent.monkey", "saved"), ("eventlet.patcher", "already_patched"))


class Worker:
    def __init__(self, ask: Ask, order: Order, sources: Sources) -> None:
        self._ask = ask
        self._order = order
        self._sources = sources
        self._channel = order.channel
        self._environ = dict(os.environ)
        self._began = time.time_ns()
        self._configs: list[str] = []

    def run(self) -> int:
        for number in self._order.listening:
            listening.adopt(number)
        if sys.platform != "linux":
            threading.Thread(target=self._end_with_parent, daemon=True).start()
        _note_configs(self._configs.append)
        try:
            server, app = self._loaded()
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        standing.begin_anew()
        standing.on_ready(lambda _: self._ready(server))
        if self._order.listening:
            standing.expect_heirs()
        standing.on_close(lambda: self._channel.send({"is": "closed"}))
        alone = server is not None and not server.ours
        self._wait_for_turn(shares=not alone)
        if server and alone:
            foreign.prepare(server.options)
        else:
            standing.heed_signals()
        try:
            result = (server or self._page_alone)(app)
        except Exception as error:
            if standing.ending.is_set() or listening.in_use():
                raise
            result = self._instead(error)
        return result if isinstance(result, int) else 0

    def _loaded(self) -> tuple[Server | None, object]:
        server: Server | None = None
        app: Any
        try:
            server = loading.load_server(self._ask)
            logs.configure(self._ask)
            app = self._failed(self._order.failure) if self._order.failure else loading.load_app(self._ask)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the app's, and shown
            app = self._failed(error)
        return server, self._with_refresh(app)

    def _with_refresh(self, app: Any) -> Any:  # noqa: ANN401 - whatever answers requests
        """What speaks ASGI is left as it is."""
        call = getattr(type(app), "__call__", None)  # noqa: B004 - the function itself is asked for
        speaks_asgi = inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)
        return refresh.Refreshed(app, self._order.page) if self._order.page and not speaks_asgi else app

    def _failed(self, why: BaseException | str) -> Any:  # noqa: ANN401 - a WSGI app
        text = why if isinstance(why, str) else failure.text_of(why)
        if isinstance(why, TampuError) and text == why.as_text():
            PlainConsole().error(why)
        else:
            sys.stderr.write(f"{text.rstrip()}\n")
            sys.stderr.flush()
        self._channel.send({"is": "failed"})
        return failure.Page(text)

    def _instead(self, error: Exception) -> object:
        return self._page_alone(self._with_refresh(self._failed(error)))

    def _page_alone(self, page: object) -> object:
        """Nobody knows by which server; there may be sockets at which people expect an answer."""
        from tampu.paste.servers import waitress

        if not listening.inherited():
            self._channel.send({"is": "nowhere"})
            self._tell_what_is_loaded()
            return 1
        return waitress.serve_at(listening.use_all(), page)

    def _wait_for_turn(self, *, shares: bool) -> None:
        """Nobody hears the old one once the new one has spoken."""
        self._channel.send({"is": "loaded", "shares": shares})
        if self._channel.receive() is None:
            os._exit(1)

    def _ready(self, server: Server | None) -> None:
        where = serving.where(server) if server else ""
        self._channel.send({"is": "ready", "where": where}, [each.fileno() for each in listening.in_use()])
        listening.close_unused()
        self._tell_what_is_loaded()

    def _tell_what_is_loaded(self) -> None:
        packages: list[tuple[str, str]] = []
        own = set(self._sources.read)
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name in self._order.known or name == "__main__" or not isinstance(file, str):
                continue
            if self._sources.are_own(file):
                own.add(os.path.abspath(file))
            else:
                packages.append((name, os.path.abspath(file)))
        self._channel.send(
            {
                "is": "told",
                "foreign": packages,
                "own": sorted(own),
                "configs": self._configs,
                "environ": _changed(self._environ, os.environ),
                "began": self._began,
                "patched": any(getattr(sys.modules.get(name), mark, None) for name, mark in PATCHES),
            }
        )

    def _end_with_parent(self) -> None:
        while not self._channel.is_closed():
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)


def _note_configs(tell: Callable[[str], None]) -> None:
    """Also those that others include."""
    from paste.deploy import loadwsgi

    class Noting(loadwsgi.ConfigLoader):  # type: ignore[misc]
        def __init__(self, filename: str) -> None:
            tell(os.path.abspath(filename))
            super().__init__(filename)

    loadwsgi.ConfigLoader = Noting


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in now.items() if before.get(name) != value}
