"""Records of FastCGI, as bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from tampu.paste.protocols.wire import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.paste.protocols.wire import Wire

VERSION = 1
BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR = range(1, 8)
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(9, 12)
RESPONDER = 1
KEEP_CONNECTION = 1
REQUEST_COMPLETE, CANNOT_MULTIPLEX, OVERLOADED, UNKNOWN_ROLE = range(4)
MANAGEMENT = 0
# So that the content stays aligned.
AT_ONCE = 65528
HEADER = struct.Struct(">BBHHBx")
BEGINNING = struct.Struct(">HB5x")
ENDING = struct.Struct(">IB3x")
UNKNOWN = struct.Struct(">B7x")
LONG = struct.Struct(">I")
LONG_BIT = 0x80000000
SHORT = 0x7F


class Record(NamedTuple):
    kind: int
    request: int
    content: bytes


def read(wire: Wire) -> Record:
    version, kind, request, length, padding = HEADER.unpack(wire.exactly(HEADER.size))
    if version != VERSION:
        raise Malformed(f"a record of version {version}")
    content = wire.exactly(length + padding)
    return Record(kind, request, content[:length] if padding else content)


def record(kind: int, request: int, content: bytes = b"") -> bytes:
    return HEADER.pack(VERSION, kind, request, len(content), 0) + content


def stream(kind: int, request: int, data: bytes) -> bytes:
    if len(data) <= AT_ONCE:
        return record(kind, request, data) if data else b""
    starts = range(0, len(data), AT_ONCE)
    return b"".join(record(kind, request, data[start : start + AT_ONCE]) for start in starts)


def ended(request: int, how: int) -> bytes:
    return record(END_REQUEST, request, ENDING.pack(0, how))


def pairs(data: bytes) -> dict[str, str]:
    found, at = {}, 0
    while at < len(data):
        name, at = _length(data, at)
        value, at = _length(data, at)
        if at + name + value > len(data):
            raise Malformed("a parameter that is longer than its record")
        found[data[at : at + name].decode("latin-1")] = data[at + name : at + name + value].decode("latin-1")
        at += name + value
    return found


def packed(values: Mapping[str, str]) -> bytes:
    return b"".join(_packed(name.encode("latin-1"), value.encode("latin-1")) for name, value in values.items())


def _packed(name: bytes, value: bytes) -> bytes:
    return b"".join([_packed_length(len(name)), _packed_length(len(value)), name, value])


def _packed_length(length: int) -> bytes:
    return bytes([length]) if length <= SHORT else LONG.pack(length | LONG_BIT)


def _length(data: bytes, at: int) -> tuple[int, int]:
    try:
        if data[at] <= SHORT:
            return data[at], at + 1
        return LONG.unpack_from(data, at)[0] & ~LONG_BIT, at + LONG.size
    except (IndexError, struct.error) as error:
        raise Malformed("a parameter that ends too soon") from error
