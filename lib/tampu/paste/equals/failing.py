"""What becomes of an app's errors: `egg:Paste#error_catcher`, `#evalerror`, `#cgitb`."""

from __future__ import annotations

import html
import logging
import sys
import traceback
from typing import TYPE_CHECKING

from tampu.paste.equals.wsgi import close
from tampu.paste.flags import is_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, StartResponse

log = logging.getLogger("tampu.serve")
FAILED = "500 Internal Server Error"
PAGE = "<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<pre>{text}</pre>\n"


def keep(app: App, global_conf: Mapping[str, str] | None = None, debug: str = "", **_options: str) -> App:
    """They go to the log; with `debug`, to the browser as well."""
    wanted = debug or (global_conf or {}).get("debug", "")
    return _Failing(app, shows=is_true(wanted))


def show(app: App, _global_conf: Mapping[str, str] | None = None, **_options: str) -> App:
    return _Failing(app, shows=True)


class _Failing:
    def __init__(self, app: App, *, shows: bool) -> None:
        self._app = app
        self._shows = shows

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        result: Iterable[bytes] = ()
        try:
            result = self._app(environ, start_response)
            yield from result
        except Exception:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
            # If something was said already, the server raises it once more: that can't be taken back.
            yield from self._page(start_response)
        finally:
            close(result)

    def _page(self, start_response: StartResponse) -> list[bytes]:
        title, text = FAILED, ""
        if self._shows:
            title, text = traceback.format_exc().splitlines()[-1], traceback.format_exc()
        body = PAGE.format(title=html.escape(title), text=html.escape(text)).encode("utf-8", "replace")
        given = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(FAILED, given, sys.exc_info())
        return [body]
