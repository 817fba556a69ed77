"""AJP13, which Apache and its kin speak to what stands behind them."""

from __future__ import annotations

import hmac
import sys
from typing import TYPE_CHECKING, TextIO

from tampu.paste.protocols import ajp_packets as packets
from tampu.paste.protocols.ajp_request import environ
from tampu.paste.protocols.exchange import plain
from tampu.paste.protocols.wire import Gone, Malformed

if TYPE_CHECKING:
    from tampu.paste.protocols.exchange import Headers
    from tampu.paste.protocols.wire import Wire

FORBIDDEN = "403 Forbidden"


class Ajp:
    def __init__(self, wire: Wire, secret: str = "") -> None:
        self._wire = wire
        self._secret = secret

    def turn(self) -> AjpExchange | None:
        data = packets.read(self._wire)
        if data == bytes([packets.CPING]):
            self._wire.send(packets.packet(bytes([packets.CPONG])))
            return None
        known, secret = environ(data)
        made = AjpExchange(self._wire, known, _length(known))
        if self._secret and not hmac.compare_digest(self._secret.encode(), secret.encode("latin-1")):
            plain(made, FORBIDDEN)
            raise Gone("it doesn't know the secret")
        return made


class AjpExchange:
    says_whether = True

    def __init__(self, wire: Wire, known: dict[str, str], length: int | None) -> None:
        self.environ = known
        self.goes_on = True
        self._wire = wire
        # None: until a chunk is empty.
        self._missing = length
        # The first piece of a body whose length is known comes by itself.
        self._comes_by_itself = bool(length)
        self._kept = b""
        self._head = b""

    def more(self, most: int) -> bytes:
        if not self._kept and self._missing != 0:
            self._fetch(most)
        data, self._kept = self._kept[:most], self._kept[most:]
        return data

    def errors(self) -> TextIO:
        return sys.stderr

    def begin(self, status: str, headers: Headers) -> None:
        head = packets.head(status, headers)
        if len(head) + packets.HEAD.size > packets.LARGEST:
            raise ValueError(f"headers of {len(head)} bytes are more than AJP takes")
        self._head = packets.packet(head)

    def write(self, data: bytes) -> None:
        head, self._head = self._head, b""
        starts = range(0, len(data), packets.MOST_OF_A_BODY)
        self._wire.send(head + b"".join(packets.chunk(data[at : at + packets.MOST_OF_A_BODY]) for at in starts))

    def end(self) -> None:
        if self._comes_by_itself:
            self._fetch(0)
        head, self._head = self._head, b""
        self._wire.send(head + packets.packet(bytes([packets.END_RESPONSE, self.goes_on])))

    def _fetch(self, most: int) -> None:
        if not self._comes_by_itself:
            wanted = packets.SHORT.pack(min(max(most, 1), packets.LARGEST - packets.HEAD.size - packets.SHORT.size))
            self._wire.send(packets.packet(bytes([packets.GET_BODY_CHUNK]) + wanted))
        self._comes_by_itself = False
        data = packets.read(self._wire)
        length = packets.Packet(data).number() if data else 0
        if length > max(len(data) - packets.SHORT.size, 0):
            raise Malformed("a piece of a body that ends too soon")
        self._kept = data[packets.SHORT.size :][:length]
        if not length:
            self._missing = 0
        elif self._missing is not None:
            self._kept = self._kept[: self._missing]
            self._missing -= len(self._kept)


def _length(known: dict[str, str]) -> int | None:
    text = known.get("CONTENT_LENGTH", "")
    if text.isascii() and text.isdecimal():
        return int(text)
    if text:
        raise Malformed(f"a content-length of {text!r}")
    return None if "chunked" in known.get("HTTP_TRANSFER_ENCODING", "").lower() else 0
