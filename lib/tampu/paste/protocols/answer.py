"""What an app may say, and in which order: status and headers once, then so many bytes as it said."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.paste.protocols.exchange import plain
from tampu.paste.protocols.wire import Gone, Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from tampu.paste.protocols.exchange import Exchange, Headers

    ErrorInfo = tuple[type[BaseException], BaseException, TracebackType]

log = logging.getLogger("tampu.serve")
STATUS = re.compile(r"[2-9]\d\d( [\t -~\x80-\xff]*)?")
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t -~\x80-\xff]*")
WITHOUT_BODY = frozenset({"204", "304"})
# Between a server and whoever is next to it, and so no business of an app.
OF_ONE_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
FAILED = "500 Internal Server Error"


class Answer:
    def __init__(self, exchange: Exchange, method: str) -> None:
        self._exchange = exchange
        self._method = method
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._begun = False
        self._bare = False
        # None: as many bytes as come.
        self._missing: int | None = None
        self._too_much = False

    def start(self, status: str, headers: Headers, exc_info: ErrorInfo | None = None) -> Callable[[bytes], None]:
        """What WSGI calls `start_response`."""
        if exc_info:
            try:
                if self._begun:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._status:
            raise AssertionError("start_response is called once, but for an error with its exc_info")
        self._status, self._headers = _checked(status), [_checked_header(*each) for each in headers]
        return self.write

    def take(self, result: Iterable[bytes]) -> None:
        known = len(result) if isinstance(result, list | tuple) else None
        for data in result:
            if data:
                self._say(data, len(data) if known == 1 else None)
        if not self._begun:
            self._begin(0 if known is not None else None)

    def write(self, data: bytes) -> None:
        self._say(data, None)

    def finish(self) -> bool:
        """Whether all that was promised was said."""
        if self._too_much:
            log.error("%s: what came after the Content-Length that was said is left out", self._status)
        if self._missing and not self._bare:
            log.error("%s: %s bytes are missing to the Content-Length that was said", self._status, self._missing)
            return False
        try:
            self._exchange.end()
        except (Gone, Malformed):
            return False
        return True

    def fail(self) -> bool:
        """Say that it went wrong, if nothing else was said yet."""
        if self._begun:
            return False
        with suppress(Gone, Malformed):
            plain(self._exchange, FAILED)
            return True
        return False

    def _say(self, data: bytes, whole: int | None) -> None:
        if not isinstance(data, bytes):
            raise TypeError(f"an answer is bytes, not {type(data).__name__}")
        if not self._begun:
            self._begin(whole)
        if self._bare:
            return
        if self._missing is not None:
            self._too_much = self._too_much or len(data) > self._missing
            data = data[: self._missing]
            self._missing -= len(data)
        if data:
            self._exchange.write(data)

    def _begin(self, length: int | None) -> None:
        if not self._status:
            raise AssertionError("there is no answer before start_response was called")
        self._bare = self._method == "HEAD" or self._status[:3] in WITHOUT_BODY
        headers = [(name, value) for name, value in self._headers if name.lower() not in OF_ONE_HOP]
        said = next((value for name, value in headers if name.lower() == "content-length"), None)
        if said is not None:
            self._missing = _count(said)
        elif length is not None and not self._bare:
            headers.append(("Content-Length", str(length)))
        self._exchange.begin(self._status, headers)
        self._begun = True


def _checked(status: str) -> str:
    if not isinstance(status, str) or not STATUS.fullmatch(status):
        raise ValueError(f"{status!r} is no status, such as '200 OK'")
    return status


def _checked_header(name: str, value: str) -> tuple[str, str]:
    if not (isinstance(name, str) and isinstance(value, str)):
        raise TypeError(f"a header is two texts, not {name!r} and {value!r}")
    if not (NAME.fullmatch(name) and VALUE.fullmatch(value)):
        raise ValueError(f"{name!r}: {value!r} is no header")
    return name, value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is no Content-Length")
    return int(text)
