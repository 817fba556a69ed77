"""One request, as a CGI program is asked: by the environment, standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING
from wsgiref.handlers import CGIHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.protocols.answering import App


def serve(app: App, _global_conf: Mapping[str, str]) -> int:
    CGIHandler().run(app)  # type: ignore[arg-type]
    return 0
