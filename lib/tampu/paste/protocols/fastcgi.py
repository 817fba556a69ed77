"""FastCGI's responder: one request at a time by each connection, as all front ends send them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TextIO, cast

from tampu.paste.protocols import fastcgi_records as records
from tampu.paste.protocols.exchange import LARGEST_HEAD, Lines, cgi_head
from tampu.paste.protocols.wire import Gone, Malformed

if TYPE_CHECKING:
    from tampu.paste.protocols.exchange import Headers
    from tampu.paste.protocols.fastcgi_records import Record
    from tampu.paste.protocols.wire import Wire


class FastCgi:
    def __init__(self, wire: Wire, most: int = 1) -> None:
        """`most` is how many requests are answered at once, for those who ask."""
        self.wire = wire
        self._most = most

    def turn(self) -> FastCgiExchange | None:
        while True:
            record = records.read(self.wire)
            if record.kind == records.BEGIN_REQUEST and record.request:
                begun = self._begin(record)
                if begun:
                    return begun
            else:
                # Of a request that is over: its body may come in for a while.
                self.see_to(record)
            if not self.wire.waiting:
                return None

    def see_to(self, record: Record) -> None:
        """What is no part of a request."""
        if record.request and record.kind == records.BEGIN_REQUEST:
            self.wire.send(records.ended(record.request, records.CANNOT_MULTIPLEX))
        elif record.request == records.MANAGEMENT and record.kind == records.GET_VALUES:
            known = {"FCGI_MAX_CONNS": str(self._most), "FCGI_MAX_REQS": str(self._most), "FCGI_MPXS_CONNS": "0"}
            asked = records.pairs(record.content)
            told = records.packed({name: known[name] for name in asked if name in known})
            self.wire.send(records.record(records.GET_VALUES_RESULT, records.MANAGEMENT, told))
        elif record.request == records.MANAGEMENT:
            unknown = records.UNKNOWN.pack(record.kind)
            self.wire.send(records.record(records.UNKNOWN_TYPE, records.MANAGEMENT, unknown))

    def _begin(self, beginning: Record) -> FastCgiExchange | None:
        try:
            role, flags = records.BEGINNING.unpack(beginning.content)
        except struct.error as error:
            raise Malformed("a request that begins in another way") from error
        number = beginning.request
        if role != records.RESPONDER:
            self.wire.send(records.ended(number, records.UNKNOWN_ROLE))
            return None
        params = self._params(number)
        if params is None:
            self.wire.send(records.ended(number, records.REQUEST_COMPLETE))
            return None
        return FastCgiExchange(self, number, records.pairs(params), goes_on=bool(flags & records.KEEP_CONNECTION))

    def _params(self, number: int) -> bytes | None:
        """None if the front end has thought better of it."""
        found = bytearray()
        while True:
            record = records.read(self.wire)
            if record.request != number:
                self.see_to(record)
            elif record.kind == records.ABORT_REQUEST:
                return None
            elif record.kind != records.PARAMS:
                raise Malformed(f"a record of type {record.kind} before all parameters")
            elif not record.content:
                return bytes(found)
            found += record.content if record.request == number else b""
            if len(found) > LARGEST_HEAD:
                raise Malformed(f"more than {LARGEST_HEAD} bytes of parameters")


class FastCgiExchange:
    says_whether = False

    def __init__(self, conversation: FastCgi, number: int, environ: dict[str, str], *, goes_on: bool) -> None:
        self.environ = environ
        self.goes_on = goes_on
        self._conversation = conversation
        self._wire = conversation.wire
        self._number = number
        self._kept = b""
        self._whole = False
        self._head = b""
        self._complained = False

    def more(self, most: int) -> bytes:
        while not self._kept and not self._whole:
            self._hear()
        data, self._kept = self._kept[:most], self._kept[most:]
        return data

    def errors(self) -> TextIO:
        return cast("TextIO", Lines(self._complain))

    def _complain(self, text: str) -> None:
        self._complained = True
        line = f"{text}\n".encode("utf-8", "replace")
        self._wire.send(records.stream(records.STDERR, self._number, line))

    def begin(self, status: str, headers: Headers) -> None:
        self._head = cgi_head(status, headers)

    def write(self, data: bytes) -> None:
        # It may be that nobody waits for the answer any more.
        while not self._kept and self._wire.look():
            self._hear()
        head, self._head = self._head, b""
        self._wire.send(records.stream(records.STDOUT, self._number, head + data))

    def end(self) -> None:
        if self._head:
            self.write(b"")
        self._wire.unread = not self._whole
        closed = records.record(records.STDERR, self._number) if self._complained else b""
        closed += records.record(records.STDOUT, self._number)
        self._wire.send(closed + records.ended(self._number, records.REQUEST_COMPLETE))

    def _hear(self) -> None:
        record = records.read(self._wire)
        if record.request != self._number:
            self._conversation.see_to(record)
        elif record.kind == records.ABORT_REQUEST:
            self._wire.send(records.ended(self._number, records.REQUEST_COMPLETE))
            raise Gone("the front end took its request back")
        elif record.kind == records.STDIN and not self._whole:
            self._kept = record.content
            self._whole = not record.content
        else:
            raise Malformed(f"a record of type {record.kind} in the middle of a request")
