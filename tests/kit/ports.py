"""Ports of this machine for those who test: free ones, which nobody else is given, and one that somebody has."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from itertools import cycle, islice
from typing import TYPE_CHECKING

from tests.kit import store

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "127.0.0.1"
# From here on Linux has those that it gives to outgoing connections, and to whoever asks for any.
FIRST, END = 12_000, 32_768
SHARE = 400


def free_port() -> int:
    """One that stays free until it is used: no other process of tests looks among ours."""
    _, ours = _share()
    return next(port for port in islice(ours, SHARE) if _is_free(port))


def _is_free(port: int) -> bool:
    """Also for those who can't listen where connections have just ended."""
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


@cache
def _share() -> tuple[socket.socket, Iterator[int]]:
    """This process's ports; they are its own while it listens at the first of them."""
    for first in range(FIRST, END - SHARE, SHARE):
        with suppress(OSError):
            return socket.create_server((HERE, first)), cycle(range(first + 1, first + SHARE))
    raise AssertionError("all ports are shared out")


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody listens there all the while: we, one test after the other, or else somebody who is no test."""
    with store.alone(f"port-{port}"), ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(socket.create_server((HERE, port)))
        yield
