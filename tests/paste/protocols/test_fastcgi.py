from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING

import pytest

from tampu.paste.protocols.fastcgi import FastCgi
from tests.kit import gateways
from tests.kit.gateways import fcgi_pairs, fcgi_record, fcgi_records, fcgi_reply, fcgi_request
from tests.paste.protocols.talk import talking

if TYPE_CHECKING:
    from tests.kit.gateways import Reply

BEGIN, ABORT, PARAMS, STDIN, DATA, GET_VALUES = 1, 2, 4, 5, 8, 9
CANNOT_MULTIPLEX, UNKNOWN_ROLE = 1, 3
NONSENSE = (
    b"",
    b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b"\x01\x01\x00",
    b"\x02" + fcgi_record(BEGIN, 1, bytes(8))[1:],
    fcgi_record(BEGIN, 1, b"\0\1"),
    fcgi_record(BEGIN, 1, b"\0\1" + bytes(6)) + fcgi_record(STDIN, 1),
    fcgi_record(BEGIN, 1, b"\0\1" + bytes(6)) + fcgi_record(PARAMS, 1, b"\x05\x05ab") + fcgi_record(PARAMS, 1),
    fcgi_record(BEGIN, 1, b"\0\1" + bytes(6)) + fcgi_record(PARAMS, 1, b"\xff\xff") + fcgi_record(PARAMS, 1),
    fcgi_record(BEGIN, 1, b"\0\1" + bytes(6)) + fcgi_record(PARAMS, 1, bytes(60000)) * 5,
    fcgi_request({"REQUEST_URI": "/"}),
    fcgi_request(gateways.variables("GET", "/", b"")).replace(fcgi_record(STDIN, 1), fcgi_record(PARAMS, 1)),
)


def ask(path: str, body: bytes = b"", method: str = "") -> Reply:
    known = gateways.variables(method or ("POST" if body else "GET"), path, body)
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(fcgi_request(known, body))
        return fcgi_reply(front_end)


def get(path: str, *, keep: bool = False, number: int = 1) -> bytes:
    return fcgi_request(gateways.variables("GET", path, b""), keep=keep, number=number)


@pytest.mark.parametrize("size", [0, 1, 4096, 200_000])
def test_a_body_arrives_to_the_byte(size: int) -> None:
    body = os.urandom(size)

    assert hashlib.md5(body).hexdigest().encode() == ask("/", body).body  # noqa: S324 - no secret


def test_an_answer_may_be_large() -> None:
    assert ask("/large").body == b"".join(bytes([number]) * 50_000 for number in range(10))


def test_what_an_app_complains_of_goes_to_the_front_end() -> None:
    assert ask("/complain").errors == b"one\ntwo\n"


def test_a_connection_is_kept_where_the_front_end_wishes_it() -> None:
    with talking(FastCgi) as (front_end, _):
        for number in (1, 1, 7):
            front_end.sendall(get("/", keep=True, number=number))
            assert fcgi_reply(front_end).status == 200


def test_a_body_that_nobody_reads_is_not_the_next_request() -> None:
    body = os.urandom(120_000)
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(fcgi_request(gateways.variables("POST", "/blind", body), body, keep=True))
        assert fcgi_reply(front_end).body == b"seen"
        front_end.sendall(get("/"))
        assert fcgi_reply(front_end).status == 200


def test_a_connection_ends_where_the_front_end_does_not_wish_it() -> None:
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(get("/"))
        fcgi_reply(front_end)

        assert front_end.recv(1) == b""


def test_a_second_request_at_once_is_refused() -> None:
    body = b"hello"
    request = fcgi_request(gateways.variables("POST", "/", body), body, keep=True)
    end = fcgi_record(STDIN, 1)
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(request.removesuffix(end) + get("/", number=2) + end)
        refused = list(fcgi_records(front_end))

        assert refused == [(3, 2, struct.pack(">IB3x", 0, CANNOT_MULTIPLEX))]
        assert fcgi_reply(front_end).body == b"5d41402abc4b2a76b9719d911017c592"


def test_values_are_told() -> None:
    asked = fcgi_pairs({"FCGI_MPXS_CONNS": "", "FCGI_MAX_REQS": "", "WHAT": ""})
    with talking(lambda wire: FastCgi(wire, most=12)) as (front_end, _):
        front_end.sendall(fcgi_record(GET_VALUES, 0, asked))
        kind, number, content = next(fcgi_records(front_end))

        assert (10, 0) == (kind, number)
        assert content == fcgi_pairs({"FCGI_MPXS_CONNS": "0", "FCGI_MAX_REQS": "12"})


def test_an_unknown_wish_is_named() -> None:
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(fcgi_record(77, 0, b"?") + get("/"))

        assert next(fcgi_records(front_end)) == (11, 0, struct.pack(">B7x", 77))
        assert fcgi_reply(front_end).status == 200


def test_another_role_is_refused() -> None:
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(fcgi_record(BEGIN, 1, struct.pack(">HB5x", 2, 1)) + get("/", keep=True))
        kind, _, content = next(fcgi_records(front_end))

        assert (3, UNKNOWN_ROLE) == (kind, content[4])
        assert fcgi_reply(front_end).status == 200


def test_a_request_may_be_taken_back() -> None:
    begun = fcgi_request(gateways.variables("POST", "/", b"hello"), b"hello").removesuffix(fcgi_record(STDIN, 1))
    with talking(FastCgi) as (front_end, ended):
        front_end.sendall(begun + fcgi_record(ABORT, 1))

        assert next(fcgi_records(front_end))[0] == 3
    assert ended == [False]


def test_a_request_may_be_taken_back_before_it_is_whole() -> None:
    with talking(FastCgi) as (front_end, _):
        front_end.sendall(fcgi_record(BEGIN, 4, struct.pack(">HB5x", 1, 1)) + fcgi_record(ABORT, 4) + get("/"))

        assert next(fcgi_records(front_end))[:2] == (3, 4)
        assert fcgi_reply(front_end).status == 200


def test_parameters_may_come_in_pieces_of_any_size() -> None:
    known = fcgi_pairs({**gateways.variables("GET", "/named?LONG", b""), "LONG": "x" * 300})
    pieces = b"".join(fcgi_record(PARAMS, 1, known[at : at + 3], padding=at % 8) for at in range(0, len(known), 3))
    with talking(FastCgi) as (front_end, _):
        begin = fcgi_record(BEGIN, 1, struct.pack(">HB5x", 1, 0))
        front_end.sendall(begin + pieces + fcgi_record(PARAMS, 1) + fcgi_record(STDIN, 1))

        assert fcgi_reply(front_end).body == b"x" * 300


@pytest.mark.parametrize("data", NONSENSE)
def test_who_speaks_something_else_is_let_go(data: bytes) -> None:
    with talking(FastCgi) as (front_end, ended):
        front_end.sendall(data)

    assert ended[-1:] == [False]
