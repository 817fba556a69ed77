"""Packets of AJP13, as bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tampu.paste.protocols.wire import Malformed

if TYPE_CHECKING:
    from tampu.paste.protocols.exchange import Headers
    from tampu.paste.protocols.wire import Wire

FROM_FRONT_END = 0x1234
TO_FRONT_END = b"AB"
FORWARD_REQUEST, CPING = 2, 10
SEND_BODY_CHUNK, SEND_HEADERS, END_RESPONSE, GET_BODY_CHUNK, CPONG = 3, 4, 5, 6, 9
# What every front end takes in one packet; and what the length's two bytes allow, for those that are set to more.
LARGEST = 8192
HEAD = struct.Struct(">HH")
SHORT = struct.Struct(">H")
# A packet's head; a chunk's kind, length and the byte after it.
MOST_OF_A_BODY = LARGEST - HEAD.size - 4
NOTHING = 0xFFFF
CODED = 0xA0
METHODS = (
    *("", "OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE"),
    *("LOCK", "UNLOCK", "ACL", "REPORT", "VERSION-CONTROL", "CHECKIN", "CHECKOUT", "UNCHECKOUT", "SEARCH"),
    *("MKWORKSPACE", "UPDATE", "LABEL", "MERGE", "BASELINE-CONTROL", "MKACTIVITY"),
)
METHOD_IN_WORDS = 0xFF
HEADERS = (
    *("", "accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "connection"),
    *("content-type", "content-length", "cookie", "cookie2", "host", "pragma", "referer", "user-agent"),
)
ANSWER_HEADERS = (
    *("content-type", "content-language", "content-length", "date", "last-modified", "location", "set-cookie"),
    *("set-cookie2", "servlet-engine", "status", "www-authenticate"),
)
CODES = {name: SHORT.pack(CODED << 8 | code) for code, name in enumerate(ANSWER_HEADERS, start=1)}
ATTRIBUTES = {
    1: "CONTEXT",
    2: "SERVLET_PATH",
    3: "REMOTE_USER",
    4: "AUTH_TYPE",
    5: "QUERY_STRING",
    6: "JVM_ROUTE",
    7: "SSL_CLIENT_CERT",
    8: "SSL_CIPHER",
    9: "SSL_SESSION_ID",
    12: "SECRET",
    13: "STORED_METHOD",
}
NAMED_ATTRIBUTE, SSL_KEY_SIZE, NO_MORE_ATTRIBUTES = 10, 11, 0xFF


class Packet:
    """Reads what is in a packet, from its beginning on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        return self._take(1)[0]

    def number(self) -> int:
        found: int = SHORT.unpack(self._take(SHORT.size))[0]
        return found

    def text(self) -> str:
        length = self.number()
        return "" if length == NOTHING else self._text(length)

    def header_name(self) -> str:
        length = self.number()
        if length >> 8 != CODED:
            return self._text(length).lower()
        return _of(HEADERS, length & 0xFF)

    def method(self) -> str:
        code = self.byte()
        return "" if code == METHOD_IN_WORDS else _of(METHODS, code)

    def _text(self, length: int) -> str:
        return self._take(length + 1)[:-1].decode("latin-1")

    def _take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise Malformed("a packet that ends too soon")
        self._at += count
        return found


def read(wire: Wire) -> bytes:
    mark, length = HEAD.unpack(wire.exactly(HEAD.size))
    if mark != FROM_FRONT_END:
        raise Malformed(f"a packet that begins with {HEAD.pack(mark, length)!r}")
    return wire.exactly(length)


def packet(content: bytes) -> bytes:
    return TO_FRONT_END + SHORT.pack(len(content)) + content


def head(status: str, headers: Headers) -> bytes:
    code, _, words = status.partition(" ")
    lines = b"".join((CODES.get(name.lower()) or _text(name)) + _text(value) for name, value in headers)
    return bytes([SEND_HEADERS]) + SHORT.pack(int(code)) + _text(words) + SHORT.pack(len(headers)) + lines


def chunk(data: bytes) -> bytes:
    return packet(b"".join([bytes([SEND_BODY_CHUNK]), SHORT.pack(len(data)), data, b"\0"]))


def _text(text: str) -> bytes:
    data = text.encode("latin-1")
    return SHORT.pack(len(data)) + data + b"\0"


def _of(names: tuple[str, ...], code: int) -> str:
    if not 0 < code < len(names):
        raise Malformed(f"an unknown code, {code}")
    return names[code]
