"""An app's answer to a request, by the rules of WSGI (PEP 3333), for whatever protocol."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from wsgiref.util import FileWrapper

from tampu.paste.protocols import environ
from tampu.paste.protocols.answer import Answer
from tampu.paste.protocols.exchange import BUFFER, Body
from tampu.paste.protocols.wire import Gone, Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tampu.paste.protocols.exchange import Exchange

    App = Callable[[dict[str, Any], Callable[..., Callable[[bytes], None]]], Iterable[bytes]]

log = logging.getLogger("tampu.serve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """`script_name` is where the app is said to be; without it, the front end knows.

    `keeps` says whether connections go on, where the front end wishes that and can be told.
    """

    app: App
    keeps: Callable[[], bool]
    script_name: str | None = None
    threads: bool = True
    processes: bool = False


def answer(exchange: Exchange, manner: Manner) -> bool:
    """Whether all of it was said: else the connection is of no use any more."""
    given = environ.completed(exchange.environ, manner.script_name)
    what = f"{given['REQUEST_METHOD']} {given['PATH_INFO']}"
    said = Answer(exchange, given["REQUEST_METHOD"])
    try:
        _run(manner.app, {**given, **_of_wsgi(exchange, given, manner)}, said)
        exchange.goes_on = exchange.goes_on and (manner.keeps() or not exchange.says_whether)
    except (Gone, Malformed) as error:
        log.info("%s: nobody waits for the answer any more: %s", what, error)
        return False
    except (Exception, SystemExit):
        log.exception("%s failed", what)
        return said.fail()
    return said.finish()


def _run(app: App, given: dict[str, Any], said: Answer) -> None:
    result = app(given, said.start)
    try:
        said.take(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    given["wsgi.errors"].flush()


def _of_wsgi(exchange: Exchange, given: dict[str, str], manner: Manner) -> dict[str, Any]:
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": environ.scheme(given),
        "wsgi.input": io.BufferedReader(Body(exchange.more), BUFFER),
        "wsgi.input_terminated": True,
        "wsgi.errors": exchange.errors(),
        "wsgi.multithread": manner.threads,
        "wsgi.multiprocess": manner.processes,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
