"""Whatever comes in by a connection, from whomever: it ends, and nothing else does."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tampu.paste.protocols.ajp import Ajp
from tampu.paste.protocols.fastcgi import FastCgi
from tampu.paste.protocols.scgi import Scgi
from tests.kit import gateways
from tests.kit.drawn import given, st
from tests.kit.foreign import share
from tests.paste.protocols.talk import talking

if TYPE_CHECKING:
    from tampu.paste.protocols.exchange import Speak

BODY = b"hello"
SAID = gateways.variables("POST", "/", BODY)
WHOLE = {
    "scgi": (Scgi, gateways.scgi_request(SAID, BODY)),
    "fcgi": (FastCgi, gateways.fcgi_request(SAID, BODY, keep=True)),
    "ajp": (Ajp, gateways.ajp_request("POST", "/", [("content-length", "5")]) + gateways.ajp_piece(BODY)),
}
EDITS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.binary(max_size=4)), max_size=4)


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, away, new in edits:
        data = data[: at % (len(data) + 1)] + new + data[at % (len(data) + 1) + away :]
    return data


@pytest.mark.parametrize("name", WHOLE)
@share(0.8)
@given(edits=EDITS, noise=st.binary(max_size=30))
def test_frames_that_are_nearly_right_harm_nobody(name: str, edits: list[tuple[int, int, bytes]], noise: bytes) -> None:
    speak, whole = WHOLE[name]

    assert said_to(speak, edited(whole, edits) + noise)[-1:] == [False]


@pytest.mark.parametrize("name", WHOLE)
@share(0.2)
@given(noise=st.binary(max_size=200))
def test_noise_harms_nobody(name: str, noise: bytes) -> None:
    assert said_to(WHOLE[name][0], noise)[-1:] == [False]


def said_to(speak: Speak, data: bytes) -> list[bool]:
    with talking(speak) as (front_end, ended):
        front_end.sendall(data)
        front_end.shutdown(socket.SHUT_WR)
    return ended
