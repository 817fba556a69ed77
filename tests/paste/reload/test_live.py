"""Browsers hear of each worker, and strangers of nothing."""

from __future__ import annotations

import selectors
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tampu.paste.reload.live import LONGEST_REQUEST, MOST_CALLERS, Live

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def selector() -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as made:
        yield made


@pytest.fixture
def live(selector: selectors.BaseSelector) -> Iterator[Live]:
    made = Live(selector)
    yield made
    made.close()


def turn(selector: selectors.BaseSelector) -> None:
    while ready := selector.select(0.2):
        for key, _ in ready:
            key.data()


def caller(live: Live, path: str | None = None) -> socket.socket:
    where = urlsplit(live.address)
    made = socket.create_connection((where.hostname, where.port or 0), timeout=20)
    made.sendall(f"GET {where.path if path is None else path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return made


def test_a_browser_hears_who_serves_and_who_serves_next(live: Live, selector: selectors.BaseSelector) -> None:
    live.tell(1)
    with caller(live) as browser:
        turn(selector)
        head = browser.recv(4096).decode()
        live.tell(2)
        assert "text/event-stream" in head
        assert head.endswith(f"data: {live.name_of(1)}\n\n")
        assert f"data: {live.name_of(2)}\n\n" == browser.recv(4096).decode()


def test_a_stranger_hears_nothing(live: Live, selector: selectors.BaseSelector) -> None:
    live.tell(1)
    with caller(live, "/") as stranger:
        turn(selector)
        assert stranger.recv(4096).startswith(b"HTTP/1.1 404 ")
        assert b"" == stranger.recv(4096)


def test_who_has_left_is_forgotten(live: Live, selector: selectors.BaseSelector) -> None:
    caller(live).close()
    turn(selector)
    before = len(selector.get_map())
    live.tell(3)
    assert 1 == before == len(selector.get_map())


def test_who_asks_without_an_end_is_not_listened_to(live: Live, selector: selectors.BaseSelector) -> None:
    with caller(live, "/" + "x" * LONGEST_REQUEST) as endless:
        turn(selector)
        assert 1 == len(selector.get_map())
        endless.settimeout(20)


def test_more_callers_than_anybody_has_are_turned_away(live: Live, selector: selectors.BaseSelector) -> None:
    callers = []
    for _ in range(MOST_CALLERS + 1):
        callers.append(caller(live))
        turn_once(selector)
    turn(selector)
    assert MOST_CALLERS + 1 == len(selector.get_map())
    for each in callers:
        each.close()


def turn_once(selector: selectors.BaseSelector) -> None:
    for key, _ in selector.select(0):
        key.data()
