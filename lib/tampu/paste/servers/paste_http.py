"""Paste's own HTTP server, `egg:Paste#http`: waitress does its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.paste.servers import waitress
from tampu.paste.servers.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.equals.wsgi import App

OWN_HOST = "127.0.0.1"
USUAL_PORT = "8080"
USUAL_THREADS = "10"
RENAMED = {"threadpool_workers": "threads", "request_queue_size": "backlog", "socket_timeout": "channel_timeout"}
# What these servers could be told about themselves, and what nothing depends on.
OF_NO_MEANING = ("protocol_version", "server_version", "server_name", "max", "start_loop", "daemon_threads", "handler")
TLS = ("ssl_pem", "ssl_context")
OF_ITS_POOL = "threadpool_"


def serve(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    kept = {name: value for name, value in said.items() if name in RENAMED or not name.startswith(OF_ITS_POOL)}
    options = Options("http", global_conf, kept)
    options.flag("use_threadpool")
    chosen = {"threads": USUAL_THREADS, **as_waitress_has_it(options, RENAMED)}
    return waitress.serve(app, global_conf, **chosen)


def as_waitress_has_it(options: Options, renamed: Mapping[str, str]) -> dict[str, str]:
    for name in TLS:
        value = options.text(name)
        if value:
            advice = "Have a front end (nginx, for one) speak it, and take that line away."
            raise options.bad(name, value, "no TLS: today's server doesn't speak it", advice)
    for name in OF_NO_MEANING:
        options.text(name)
    host, port = options.text("host", OWN_HOST), ""
    # An address of IPv6 has more of them.
    if host.count(":") == 1:
        host, port = host.split(":")
    chosen = {"host": host, "port": str(options.port(port or USUAL_PORT))}
    for name, todays in renamed.items():
        if options.optional(name) is not None:
            chosen[todays] = str(options.number(name, 0, least=1))
    options.done()
    return chosen
