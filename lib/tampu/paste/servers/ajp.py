"""AJP13, for what stands behind Apache (`ProxyPass ajp://`, mod_jk)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tampu.paste.protocols.ajp import Ajp
from tampu.paste.servers import gateway
from tampu.paste.servers.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.protocols.answering import App
    from tampu.paste.protocols.exchange import Speak

USUAL_PORT = "8009"


def serve(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options, place, speak = _heard(global_conf, said)
    return gateway.answer_by_threads(app, options, place, speak, options.text("scriptName"))


def serve_by_processes(app: App, global_conf: Mapping[str, str], **said: str) -> int:
    options, place, speak = _heard(global_conf, said)
    return gateway.answer_by_processes(app, options, place, speak, options.text("scriptName"))


def _heard(global_conf: Mapping[str, str], said: Mapping[str, str]) -> tuple[Options, gateway.Place, Speak]:
    options = Options("ajp", global_conf, said)
    place = gateway.place(options, USUAL_PORT, gateway.OWN_ADDRESS)
    return options, place, partial(Ajp, secret=options.text("secret"))
