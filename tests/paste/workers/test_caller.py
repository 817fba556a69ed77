from __future__ import annotations

import socket
from typing import TYPE_CHECKING, TextIO

import pytest

from tampu.paste.protocols.answering import Manner
from tampu.paste.protocols.wire import Wire
from tampu.paste.workers.caller import Caller, Doorman, networks

if TYPE_CHECKING:
    from tampu.paste.protocols.exchange import Headers

CALLS = (
    ("127.0.0.1", "127.0.0.1", True),
    ("127.0.0.1", "::1", True),
    ("localhost", "127.0.0.2", True),
    ("127.0.0.1", "::ffff:127.0.0.1", True),
    ("127.0.0.1", "192.0.2.1", False),
    ("192.0.2.0/24 2001:db8::/32", "192.0.2.200", True),
    ("192.0.2.0/24 2001:db8::/32", "2001:db8::7", True),
    ("192.0.2.0/24 2001:db8::/32", "::ffff:192.0.2.3", True),
    ("192.0.2.0/24", "127.0.0.1", False),
    ("fe80::/10", "fe80::1%eth0", True),
    ("", "203.0.113.9", True),
)


@pytest.mark.parametrize(("allowed", "address", "expected"), CALLS)
def test_who_may_call(allowed: str, address: str, *, expected: bool) -> None:
    assert expected == Doorman(allowed=networks(allowed.split())).lets_in((address, 4242))


def test_permissions_of_a_file_are_enough() -> None:
    assert Doorman(allowed=networks(["192.0.2.1"])).lets_in("")


class Broken:
    """A codec with a mistake in it."""

    def turn(self) -> Broken:
        raise ZeroDivisionError

    environ: dict[str, str]
    goes_on = says_whether = True

    def more(self, _most: int) -> bytes:
        return b""

    def errors(self) -> TextIO:
        raise NotImplementedError

    def begin(self, status: str, headers: Headers) -> None:
        """Never called."""

    def write(self, data: bytes) -> None:
        """Never called."""

    def end(self) -> None:
        """Never called."""


def test_a_mistake_of_ours_ends_one_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    caller = Caller(wire=Wire(theirs), conversation=Broken(), name="the test")
    with ours:
        assert not caller.attend(Manner(app=lambda *_: [], keeps=lambda: True))
        assert ours.recv(1) == b""
    assert "the test can't be answered" in caplog.text
