"""Answers in fewer bytes, for those who understand gzip: `egg:Paste#gzip`."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from tampu.paste.equals.wsgi import close

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, Headers, StartResponse

KINDS = ("text/", "application/")
WITH_BODY = "200"


def make_filter(app: App, _global_conf: Mapping[str, str] | None = None, compress_level: str = "6") -> App:
    level = int(compress_level)

    def compressing(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", "") or environ["REQUEST_METHOD"] == "HEAD":
            return app(environ, start_response)
        said: list[Any] = []
        pieces: list[bytes] = []

        def start(*arguments: object) -> Any:  # noqa: ANN401 - what WSGI gives
            said[:] = arguments
            return pieces.append

        result = app(environ, start)
        try:
            pieces.extend(result)
        finally:
            close(result)
        body = b"".join(pieces)
        status, headers, *more = said
        if _is_worth_it(status, headers):
            body = gzip.compress(body, level, mtime=0)
            headers = _with(headers, body)
        start_response(status, headers, *more)
        return [body]

    return compressing


def _is_worth_it(status: str, headers: Headers) -> bool:
    known = {name.lower(): value for name, value in headers}
    kind = known.get("content-type", "")
    return status[:3] == WITH_BODY and kind.startswith(KINDS) and "zip" not in kind and "content-encoding" not in known


def _with(headers: Headers, body: bytes) -> Headers:
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return [*kept, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"), ("Content-Length", str(len(body)))]
