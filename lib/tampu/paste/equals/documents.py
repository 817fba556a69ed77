"""Pages of the app's own for its errors: `egg:Paste#errordocument`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tampu.paste.equals.wsgi import close

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, Headers, StartResponse


def make_filter(app: App, _global_conf: Mapping[str, str] | None = None, **pages: str) -> App:
    """`404 = /missing.html`: what the app itself has there is the answer, with the status of the error."""
    odd = [status for status in pages if not status.isdecimal()]
    if odd:
        raise ValueError(f"{odd[0]!r} is no status, such as 404")

    def documented(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        failed: list[str] = []

        def start(status: str, headers: Headers, *more: object) -> Any:  # noqa: ANN401 - what WSGI gives
            if status[:3] in pages:
                failed.append(status)
                return lambda _data: None
            return start_response(status, headers, *more)

        result = app(environ, start)
        if not failed:
            return result
        close(result)

        def start_anew(_status: str, headers: Headers, *more: object) -> Any:  # noqa: ANN401 - likewise
            return start_response(failed[0], headers, *more)

        return app(_asking_for(pages[failed[0][:3]], environ), start_anew)

    return documented


def _asking_for(page: str, environ: Environ) -> Environ:
    path, _, query = page.partition("?")
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query}
    return {**environ, **asked, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()}
