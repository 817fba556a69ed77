from __future__ import annotations

import hashlib
import os
import struct
from functools import partial

import pytest

from tampu.paste.protocols.ajp import Ajp
from tests.kit import gateways
from tests.kit.gateways import ajp_packet, ajp_piece, ajp_request, ajp_text, exactly
from tests.paste.protocols.talk import talking

SESAME = "open it"
CPING = ajp_packet(b"\x0a")
CPONG = b"AB\0\1\x09"
PLAIN = ajp_request("GET", "/", [])
NONSENSE = (
    b"",
    b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b"AB\0\1\x0a",
    ajp_packet(b""),
    ajp_packet(b"\x07"),
    ajp_packet(b"\x02"),
    ajp_packet(b"\x02\x63" + bytes(40)),
    ajp_packet(PLAIN[4:-1]),
    ajp_packet(PLAIN[4:-1] + b"\x63"),
    ajp_request("POST", "/", [("content-length", "ten")]),
    ajp_request("POST", "/", [("content-length", "9")]) + b"AB\0\0",
    ajp_request("POST", "/", [("content-length", "9")]) + ajp_packet(b"\0\x09abc"),
    ajp_packet(b"\x02\xff" + PLAIN[6:]),
)


@pytest.mark.parametrize("size", [0, 1, 8186, 8187, 200_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_arrives_to_the_byte(size: int, *, chunked: bool) -> None:
    body = os.urandom(size)
    headers = [("Transfer-Encoding", "chunked")] if chunked else []
    with talking(Ajp) as (sock, _):
        reply = gateways.Ajp(sock).ask("/", body, "POST", headers)

    assert hashlib.md5(body).hexdigest().encode() == reply.body  # noqa: S324 - no secret


def test_a_connection_is_for_many_requests() -> None:
    with talking(Ajp) as (sock, _):
        front_end = gateways.Ajp(sock)
        replies = [
            front_end.ask(path, body) for path in ("/", "/boom", "/blind", "/large") for body in (b"", b"x" * 9000)
        ]

    assert [reply.status for reply in replies] == [200, 200, 500, 500, 200, 200, 200, 200]
    assert all(reply.goes_on for reply in replies)
    assert replies[-1].body == b"".join(bytes([number]) * 50_000 for number in range(10))


def test_it_says_that_it_is_there() -> None:
    with talking(Ajp) as (sock, _):
        sock.sendall(CPING)
        assert exactly(sock, len(CPONG)) == CPONG
        assert gateways.Ajp(sock).ask("/").status == 200


def named(name: str, headers: gateways.Headers = (), attributes: bytes = b"") -> str:
    with talking(Ajp) as (sock, _):
        return gateways.Ajp(sock).ask(f"/named?{name}", headers=headers, attributes=attributes).body.decode("latin-1")


def test_headers_are_as_a_cgi_program_has_them() -> None:
    cookies = [("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Two", "1"), ("x-two", "2"), ("X-Tw\xf6", "\xe9")]

    assert named("HTTP_COOKIE", cookies) == "a=1; b=2"
    assert named("HTTP_X_TWO", cookies) == "1, 2"
    assert named("HTTP_X_TWO", [("X_Two", "3")]) == "None"
    assert named("CONTENT_TYPE", [("content-type", "text/plain")]) == "text/plain"


def test_codes_of_headers_are_known() -> None:
    coded = b"\xa0\x0b" + ajp_text("example.org") + b"\xa0\x0e" + ajp_text("browser")
    with talking(Ajp) as (sock, _):
        plain = ajp_request("GET", "/named?HTTP_USER_AGENT", [])[4:]
        head, tail = plain[: plain.index(b"\0\0\x05")], plain[plain.index(b"\0\0\x05") + 2 :]
        sock.sendall(ajp_packet(head + b"\0\2" + coded + tail))

        assert b"browser" in sock.recv(4096)


def test_attributes_are_what_the_front_end_knows() -> None:
    user = b"\x03" + ajp_text("ann")
    more = b"\x0a" + ajp_text("AJP_REMOTE_PORT") + ajp_text("4242") + b"\x0b\0\x80"

    assert named("REMOTE_USER", attributes=user + more) == "ann"
    assert named("REMOTE_PORT", attributes=user + more) == "4242"
    assert named("SSL_CIPHER_USEKEYSIZE", attributes=user + more) == "128"


def test_an_attribute_never_passes_for_a_header_nor_for_the_request() -> None:
    lies = b"\x0a" + ajp_text("HTTP_HOST") + ajp_text("evil") + b"\x0a" + ajp_text("REMOTE_ADDR") + ajp_text("evil")

    assert named("HTTP_HOST", attributes=lies) == "None"
    assert named("REMOTE_ADDR", attributes=lies) == "192.0.2.7"


def test_another_method_comes_in_words() -> None:
    with talking(Ajp) as (sock, _):
        words = b"\x0d" + ajp_text("PATCH")
        sock.sendall(ajp_packet(b"\x02\xff" + PLAIN[6:-1] + words + b"\xff"))

        assert b"PATCH" in sock.recv(4096)


@pytest.mark.parametrize(
    ("said", "status"), [(b"\x0c" + ajp_text(SESAME), 200), (b"\x0c" + ajp_text("x"), 403), (b"", 403)]
)
def test_who_does_not_know_the_secret_is_refused(said: bytes, status: int) -> None:
    with talking(partial(Ajp, secret=SESAME)) as (sock, _):
        assert status == gateways.Ajp(sock).ask("/", attributes=said).status


def test_more_headers_than_a_packet_takes_are_an_error_of_the_app() -> None:
    with talking(Ajp) as (sock, _):
        assert gateways.Ajp(sock).ask("/heads").status == 500


def test_a_body_may_end_before_its_length() -> None:
    with talking(Ajp) as (sock, _):
        sock.sendall(ajp_request("POST", "/", [("content-length", "9")]) + ajp_piece(b"hello"))
        wanted = exactly(sock, 7)
        sock.sendall(ajp_piece(b""))

        assert struct.unpack(">2sHBH", wanted)[2] == 6
        assert b"5d41402abc4b2a76b9719d911017c592" in sock.recv(4096)


@pytest.mark.parametrize("data", NONSENSE)
def test_who_speaks_something_else_is_let_go(data: bytes) -> None:
    with talking(Ajp) as (sock, ended):
        sock.sendall(data)

    assert ended[-1:] == [False]
