"""A line in the log for each request, as Apache writes it: `egg:Paste#translogger`."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tampu.paste.flags import is_false

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, Headers, StartResponse

FORMAT = (
    '%(REMOTE_ADDR)s - %(REMOTE_USER)s [%(time)s] "%(REQUEST_METHOD)s %(REQUEST_URI)s %(HTTP_VERSION)s" '
    '%(status)s %(bytes)s "%(HTTP_REFERER)s" "%(HTTP_USER_AGENT)s"'
)
TIME = "%d/%b/%Y:%H:%M:%S %z"


def make_filter(app: App, _global_conf: Mapping[str, str] | None = None, **said: str) -> App:
    logger = logging.getLogger(said.get("logger_name", "wsgi"))
    level = _level(said.get("logging_level", "INFO"))
    if not is_false(said.get("setup_console_handler", "true")) and not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    logger.setLevel(_level(said.get("set_logger_level", "DEBUG")))
    form = said.get("format", FORMAT)

    def logged(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        begun = time.localtime()
        known = _asked(environ)

        def start(status: str, headers: Headers, *more: object) -> Any:  # noqa: ANN401 - what WSGI gives
            size = next((value for name, value in headers if name.lower() == "content-length"), "-")
            line = {**known, "time": time.strftime(TIME, begun), "status": status[:3], "bytes": size}
            logger.log(level, form, line)
            return start_response(status, headers, *more)

        return app(environ, start)

    return logged


def _asked(environ: Environ) -> dict[str, str]:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    return {
        "REMOTE_ADDR": environ.get("HTTP_X_FORWARDED_FOR") or environ.get("REMOTE_ADDR") or "-",
        "REMOTE_USER": environ.get("REMOTE_USER") or "-",
        "REQUEST_METHOD": environ["REQUEST_METHOD"],
        "REQUEST_URI": quote(path, encoding="latin-1") + (f"?{query}" if query else ""),
        "HTTP_VERSION": environ.get("SERVER_PROTOCOL", "-"),
        "HTTP_REFERER": environ.get("HTTP_REFERER", "-"),
        "HTTP_USER_AGENT": environ.get("HTTP_USER_AGENT", "-"),
    }


def _level(text: str) -> int:
    found = int(text) if text.isdecimal() else logging.getLevelName(text.upper())
    if not isinstance(found, int):
        raise ValueError(f"{text!r} is no level of logging, such as INFO")  # noqa: TRY004 - the value is wrong
    return found
