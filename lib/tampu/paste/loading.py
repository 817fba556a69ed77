"""App and server of a config, by PasteDeploy."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tampu.paste.asking import FACTORY
from tampu.paste.telling import telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.asking import Ask

SERVER_RUNNER = "paste.server_runner"
OURS = "tampu.paste."
# These know neither inherited sockets nor how to tell that they are ready: ours do both with the same options.
OURS_INSTEAD = {
    "waitress:serve_paste": "tampu.paste.servers.waitress",
    "paste.httpserver:server_runner": "tampu.paste.servers.paste_http",
    "gunicorn.app.pasterapp:serve": "tampu.paste.servers.gunicorn",
}
# Where nothing says by what it is to be served.
USUAL = "call:tampu.paste.servers.waitress:serve"
ADDRESS = ("host", "port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`ours` knows inherited sockets, says that it is ready, and ends in order."""

    context: Any
    ours: bool
    options: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, app: object) -> object:
        return self.context.create()(app)


def load_app(ask: Ask) -> Any:  # noqa: ANN401 - whatever answers requests
    from paste.deploy import loadwsgi

    with telling(ask, "app"):
        if ask.plain:
            found = loadwsgi.loadcontext(loadwsgi.APP, ask.config).object
            return found() if ask.plain == FACTORY else found
        return loadwsgi.loadapp(ask.config, name=ask.app, relative_to=ask.here, global_conf=dict(ask.variables))


def load_server(ask: Ask) -> Server:
    from paste.deploy import loadwsgi

    address, name = _server(ask)
    variables = dict(ask.variables)
    with telling(ask, "server", f"{address}#{name}" if name else address):
        context = loadwsgi.loadcontext(loadwsgi.SERVER, address, name, relative_to=ask.here, global_conf=variables)
    module = context.object.__module__
    instead = OURS_INSTEAD.get(f"{module}:{getattr(context.object, '__qualname__', '')}")
    if instead:
        context.object, context.protocol, module = import_module(instead).serve, SERVER_RUNNER, instead
    elif address == USUAL:
        context.protocol = SERVER_RUNNER
        context.local_conf = {name: variables[name] for name in ADDRESS if name in variables}
    return Server(context=context, ours=module.startswith(OURS), options=dict(context.local_conf))


def _server(ask: Ask) -> tuple[str, str | None]:
    if ask.server_type:
        return "egg:PasteScript", ask.server_type
    if ask.server and ":" in ask.server:
        return ask.server, None
    if not ask.file:
        return USUAL, None
    return ask.config.partition("#")[0], ask.server


def server_options(ask: Ask) -> dict[str, str]:
    """What the config says of the server, without loading that; nothing where another than an ini says it."""
    from paste.deploy import loadwsgi

    address, name = _server(ask)
    return _section(ask, loadwsgi.SERVER, address, name)


def check(ask: Ask) -> None:
    """What can be said of a config without loading anything that it names."""
    from paste.deploy import loadwsgi

    if ask.file:
        server_options(ask)
        _section(ask, loadwsgi.APP, ask.config, ask.app)


def _section(ask: Ask, kind: Any, address: str, name: str | None) -> dict[str, str]:  # noqa: ANN401 - likewise
    from paste.deploy import loadwsgi

    scheme, _, rest = address.partition(":")
    path, _, fragment = rest.partition("#")
    if scheme != "config" or (name and ":" in name):
        return {}
    with telling(ask, "server", address):
        loader = loadwsgi.ConfigLoader(os.path.join(ask.here, unquote(path)))
        loader.update_defaults(dict(ask.variables), overwrite=False)
        return dict(loader.parser.items(loader.find_config_section(kind, name or fragment or None)))
