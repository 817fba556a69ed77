"""FastCGI, for what stands behind nginx (`fastcgi_pass`), Apache or lighttpd, or is started by one of them."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from tampu.paste.protocols.fastcgi import FastCgi
from tampu.paste.servers import gateway
from tampu.paste.servers.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.protocols.answering import App

log = logging.getLogger("tampu.serve")
NO_USUAL_PORT = ""
FROM_ANYWHERE = ""


def serve(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options, place = _heard(global_conf, said)
    speak = partial(FastCgi, most=options.number("maxThreads", gateway.MOST_THREADS, least=1))
    return gateway.answer_by_threads(app, options, place, speak, options.optional("scriptName"))


def serve_by_processes(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options, place = _heard(global_conf, said)
    speak = partial(FastCgi, most=options.number("maxChildren", gateway.MOST_PROCESSES, least=1))
    return gateway.answer_by_processes(app, options, place, speak, options.optional("scriptName"))


def _heard(global_conf: Mapping[str, str], said: Mapping[str, str]) -> tuple[Options, gateway.Place]:
    options = Options("fcgi", global_conf, said)
    place = gateway.place(options, NO_USUAL_PORT, FROM_ANYWHERE)
    if options.flag("multiplexed"):
        log.warning("multiplexed is of no use: front ends open a connection for each request at a time")
    return options, place
