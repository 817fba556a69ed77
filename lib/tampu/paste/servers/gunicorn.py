"""gunicorn, by its own name or ours: its workers answer at sockets that are inherited where there are any."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tampu.paste import listening, standing
from tampu.paste.servers.options import Options, said_at
from tampu.paste.spots import lines
from tampu.paste.troubles import NotInstalled

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

USUAL_HOST = "127.0.0.1"
USUAL_PORT = "8000"
UNIX = "unix:"
LOGGERS = "[loggers]"
# What the app has been asked for already.
SETTINGS_APART = frozenset({"host", "port", "bind", "config"})


def serve(app: object, global_conf: Mapping[str, str], **said: str) -> int:
    try:
        from gunicorn.app.base import Application
        from gunicorn.arbiter import Arbiter
        from gunicorn.config import Config
    except ImportError:
        raise NotInstalled(said_at(global_conf, "use", "egg:tampu#gunicorn"), "gunicorn") from None
    options = Options("gunicorn", global_conf, said)
    # Where it reads them in earnest, it ends the program with words of its own.
    _tell(Config(), options, said)
    listeners = _listeners(options)

    class Serving(Application):  # type: ignore[misc]
        def load_config(self) -> None:
            _tell_of_the_config(self.cfg, global_conf.get("__file__", ""))
            if said.get("config"):
                self.load_config_from_file(said["config"])
            _tell(self.cfg, options, said)
            # It closes those that it is given.
            self.cfg.set("bind", [f"fd://{os.dup(each.fileno())}" for each in listeners])
            self.cfg.set("when_ready", lambda _arbiter: standing.ready())

        def load(self) -> object:
            return app

    class Ending(Arbiter):  # type: ignore[misc]
        def stop(self, *how: Any, **named: Any) -> None:  # noqa: ANN401 - gunicorn's
            for each in listeners:
                each.close()
            # A socket's file isn't its own: another process may listen there already.
            self.systemd = True
            super().stop(*how, **named)

    try:
        Ending(Serving()).run()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _tell_of_the_config(settings: Any, file: str) -> None:  # noqa: ANN401 - gunicorn has no types
    settings.set("default_proc_name", file or "tampu")
    if any(line.startswith(LOGGERS) for line in lines(file)):
        settings.set("logconfig", file)


def _tell(settings: Any, options: Options, said: Mapping[str, str]) -> None:  # noqa: ANN401 - likewise
    for name, value in said.items():
        if name not in SETTINGS_APART:
            _set(settings, options, name, value)


def _set(settings: Any, options: Options, name: str, value: str) -> None:  # noqa: ANN401 - likewise
    try:
        settings.set(name.lower(), value)
    except (AttributeError, TypeError, ValueError) as error:
        raise options.bad(name, value, f"a setting of gunicorn's; it says: {error}") from None


def _listeners(options: Options) -> list[socket.socket]:
    places = options.text("bind").replace(",", " ").split()
    if not places:
        return options.opened(USUAL_HOST, USUAL_PORT)
    return [each for place in places for each in _at(options, place)]


def _at(options: Options, place: str) -> list[socket.socket]:
    if place.startswith(UNIX):
        return [listening.unix_socket(place.removeprefix(UNIX).removeprefix("//"))]
    return options.opened_at("bind", place, USUAL_PORT, "addresses such as 127.0.0.1:8000 or unix:/run/app.sock")
