from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from tampu.paste.protocols.scgi import Scgi
from tests.kit import gateways
from tests.paste.protocols.talk import talking

if TYPE_CHECKING:
    from tests.kit.gateways import Reply

NONSENSE = (
    b"",
    b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b":,",
    b"-5:hello,",
    b"99999999:",
    b"300000:" + b"x" * 20,
    b"5:hello;",
    b"5:hello,",
    b"12:SCGI\x001\x00ODD\x00a,",
    b"27:CONTENT_LENGTH\x00x\x00SCGI\x001\x00aaa,",
    gateways.scgi_request({"CONTENT_LENGTH": "ten", "REQUEST_METHOD": "GET"}),
    gateways.scgi_request({"CONTENT_LENGTH": "0"}),
    gateways.scgi_request({"CONTENT_LENGTH": "0", "SCGI": "2", "REQUEST_METHOD": "GET"}).replace(b"I\x001", b"I\x002"),
)


def ask(path: str, body: bytes = b"", method: str = "") -> Reply:
    known = gateways.variables(method or ("POST" if body else "GET"), path, body)
    with talking(Scgi) as (front_end, _):
        front_end.sendall(gateways.scgi_request(known, body))
        return gateways.cgi_reply(gateways.to_its_end(front_end))


@pytest.mark.parametrize("size", [0, 1, 4096, 200_000])
def test_a_body_arrives_to_the_byte(size: int) -> None:
    body = os.urandom(size)

    assert hashlib.md5(body).hexdigest().encode() == ask("/", body).body  # noqa: S324 - no secret


def test_an_answer_may_be_large() -> None:
    assert ask("/large").body == b"".join(bytes([number]) * 50_000 for number in range(10))


def test_a_body_that_nobody_reads_does_not_take_the_answer_back() -> None:
    assert ask("/blind", os.urandom(300_000)).body == b"seen"


def test_an_error_of_the_app_is_a_500() -> None:
    assert ask("/boom").status == 500


def test_head_has_no_body() -> None:
    reply = ask("/", method="HEAD")

    assert ("HEAD", b"") == (reply.header("X-Method"), reply.body)


def test_names_and_values_are_bytes() -> None:
    known = {**gateways.variables("GET", "/named?X", b""), "X": "\xe9\xff"}
    with talking(Scgi) as (front_end, _):
        front_end.sendall(gateways.scgi_request(known))

        assert gateways.cgi_reply(gateways.to_its_end(front_end)).body == b"\xe9\xff"


def test_a_request_may_come_byte_by_byte() -> None:
    with talking(Scgi) as (front_end, _):
        for byte in gateways.scgi_request(gateways.variables("POST", "/", b"hello"), b"hello"):
            front_end.sendall(bytes([byte]))

        assert gateways.cgi_reply(gateways.to_its_end(front_end)).body == b"5d41402abc4b2a76b9719d911017c592"


@pytest.mark.parametrize("data", NONSENSE)
def test_who_speaks_something_else_is_let_go(data: bytes) -> None:
    with talking(Scgi) as (front_end, ended):
        front_end.sendall(data)

    assert ended == [False]


def test_who_says_nothing_is_let_go() -> None:
    with talking(Scgi, patience=0.05, said=b"20") as (front_end, ended):
        assert front_end.recv(1) == b""

    assert ended == [False]


def test_who_leaves_in_the_middle_of_a_body_harms_nobody() -> None:
    with talking(Scgi) as (front_end, ended):
        front_end.sendall(gateways.scgi_request({**gateways.variables("POST", "/", b""), "CONTENT_LENGTH": "9"}, b"x"))

    assert ended == [False]
