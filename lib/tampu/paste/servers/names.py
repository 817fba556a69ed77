"""Servers of old, by their names: what they were is no more, and today's does their work."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste.equals import translogger
from tampu.paste.servers import waitress
from tampu.paste.servers.options import Options
from tampu.paste.servers.paste_http import as_waitress_has_it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.equals.wsgi import App

log = logging.getLogger("tampu.serve")
USUAL_PORT = "8080"
RENAMED = {"numthreads": "threads", "request_queue_size": "backlog", "timeout": "channel_timeout"}


class NoTwisted(TampuError):
    reason = "serve::no-twisted"
    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            title="There is no twisted.web2 any more",
            found="use = egg:PasteScript#twisted",
            expected="a server that exists; this one's library has had no release since 2007",
            todo="Write use = egg:waitress#main instead: host and port stay as they are.",
        )


def wsgiutils(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options = Options("wsgiutils", global_conf, said)
    chosen = {"host": options.text("host", "localhost"), "port": str(options.port(USUAL_PORT))}
    options.done()
    tell("wsgiutils")
    return waitress.serve(translogger.make_filter(app), global_conf, **chosen)


def cherrypy(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options = Options("cherrypy", global_conf, said)
    chosen = as_waitress_has_it(options, RENAMED)
    tell("cherrypy")
    return waitress.serve(app, global_conf, **chosen)


def wsgiref(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    """gearbox's, of TurboGears."""
    chosen = as_waitress_has_it(Options("wsgiref", global_conf, said), {})
    return waitress.serve(app, global_conf, **chosen)


def twisted(_app: App, _global_conf: Mapping[str, str], **_said: str) -> int:
    raise NoTwisted


def tell(name: str) -> None:
    log.warning("%s is no more: waitress serves in its place", name)
