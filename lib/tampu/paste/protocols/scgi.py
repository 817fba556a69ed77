"""SCGI: a netstring of headers, then the body; the answer is as a CGI program gives it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from tampu.paste.protocols.exchange import LARGEST_HEAD, cgi_head
from tampu.paste.protocols.wire import Malformed

if TYPE_CHECKING:
    from tampu.paste.protocols.exchange import Headers
    from tampu.paste.protocols.wire import Wire

DIGITS = len(str(LARGEST_HEAD))


class Scgi:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def turn(self) -> ScgiExchange:
        environ = headers(netstring(self._wire))
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()):
            raise Malformed(f"CONTENT_LENGTH is {length!r}")
        return ScgiExchange(self._wire, environ, int(length))


class ScgiExchange:
    # A connection is for one request.
    goes_on = False
    says_whether = False

    def __init__(self, wire: Wire, environ: dict[str, str], length: int) -> None:
        self.environ = environ
        self._wire = wire
        self._missing = length
        self._head = b""

    def more(self, most: int) -> bytes:
        data = self._wire.some(min(most, self._missing)) if self._missing else b""
        self._missing -= len(data)
        return data

    def errors(self) -> TextIO:
        return sys.stderr

    def begin(self, status: str, headers: Headers) -> None:
        self._head = cgi_head(status, headers)

    def write(self, data: bytes) -> None:
        head, self._head = self._head, b""
        self._wire.send(head + data)

    def end(self) -> None:
        self._wire.unread = self._missing > 0
        if self._head:
            self.write(b"")


def netstring(wire: Wire) -> bytes:
    size = wire.until(b":", DIGITS)
    if not size.isdigit() or int(size) > LARGEST_HEAD:
        raise Malformed(f"headers of {size!r} bytes")
    text = wire.exactly(int(size) + 1)
    if text[-1:] != b",":
        raise Malformed("the headers' end is not where it should be")
    return text[:-1]


def headers(text: bytes) -> dict[str, str]:
    words = text.decode("latin-1").split("\0")
    if words.pop() or len(words) % 2:
        raise Malformed("headers that aren't pairs")
    found = dict(zip(words[::2], words[1::2], strict=True))
    if found.get("SCGI") != "1":
        raise Malformed("headers without SCGI")
    return found
