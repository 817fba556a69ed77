from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tampu.paste import standing
from tampu.paste.protocols.answering import Manner
from tampu.paste.protocols.fastcgi import FastCgi
from tampu.paste.workers.caller import Desk, Doorman
from tampu.paste.workers.reception import Reception, Room
from tests.kit import gateways
from tests.kit.daemons import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def app(_environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"hello"]


@pytest.fixture
def reception() -> Iterator[Reception]:
    """Somebody who has little room, and little patience."""
    listener = socket.create_server((gateways.HOST, 0))
    manner = Manner(app=app, keeps=lambda: not standing.ending.is_set())
    begun = Reception(
        [listener], Desk(speak=FastCgi, manner=manner, doorman=Doorman()), 3, (0, 1), Room(most=2, silence=0.2)
    )
    thread = threading.Thread(target=begun.run)
    thread.start()
    try:
        yield begun
    finally:
        standing._end(0, None)
        thread.join(gateways.SECONDS)
        standing.ending.clear()
        standing._wakers.clear()
        assert not thread.is_alive()


@pytest.fixture
def port(reception: Reception) -> int:
    (listener,) = reception._listeners
    where: int = listener.getsockname()[1]
    return where


def ask(sock: socket.socket) -> int:
    sock.sendall(gateways.fcgi_request(gateways.variables("GET", "/", b""), keep=True))
    return gateways.fcgi_reply(sock).status


def is_closed(sock: socket.socket) -> bool:
    return sock.recv(1) == b""


def test_who_never_says_anything_is_let_go(port: int) -> None:
    with gateways.connect(port) as silent:
        assert is_closed(silent)


def test_who_has_been_of_use_is_kept(port: int) -> None:
    with gateways.connect(port) as useful, gateways.connect(port) as silent:
        assert ask(useful) == 200
        assert is_closed(silent)
        assert ask(useful) == 200


def test_of_too_many_the_longest_waiting_go(port: int, reception: Reception) -> None:
    callers: list[socket.socket] = []
    for _ in range(4):
        callers.append(gateways.connect(port))
        assert ask(callers[-1]) == 200
        # Who has its answer waits again a moment later.
        until(lambda: not reception._crew.busy)

    assert all(is_closed(each) for each in callers[:2])
    assert [ask(each) for each in callers[2:]] == [200] * 2
    for each in callers:
        each.close()
