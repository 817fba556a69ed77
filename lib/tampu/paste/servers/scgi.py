"""SCGI, for what stands behind nginx (`scgi_pass`), Apache or lighttpd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.paste.protocols.scgi import Scgi
from tampu.paste.servers import gateway
from tampu.paste.servers.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.protocols.answering import App

USUAL_PORT = "4000"


def serve(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options, place = _heard(global_conf, said)
    return gateway.answer_by_threads(app, options, place, Scgi, options.optional("scriptName"))


def serve_by_processes(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options, place = _heard(global_conf, said)
    return gateway.answer_by_processes(app, options, place, Scgi, options.optional("scriptName"))


def at_the_root(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    """PasteScript's: unless it is said where the app is, it is at the root, whatever the front end says."""
    return serve(app, global_conf, **{"scriptName": "", **said})


def at_the_root_by_processes(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    return serve_by_processes(app, global_conf, **{"scriptName": "", **said})


def _heard(global_conf: Mapping[str, str], said: Mapping[str, str]) -> tuple[Options, gateway.Place]:
    options = Options("scgi", global_conf, said)
    return options, gateway.place(options, USUAL_PORT, gateway.OWN_ADDRESS)
