"""Very many clients that are slow, or that only hold a connection: others are answered."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.kit import served
from tests.kit.load import under_load

if TYPE_CHECKING:
    from pathlib import Path

# Ten thousand of them is a round by hand.
CONNECTIONS = int(os.environ.get("TAMPU_CONNECTIONS", "1000"))
ANSWERS = 300
DRAIN = 1
ATTEMPTS = 3
# Long before they would be sent away for being slow.
SOON = 12
HEAD = b"HTTP/1.1\r\nHost: localhost\r\n"
KINDS = {
    "says nothing": b"",
    "is slow to say what it wants": b"GET / " + HEAD + b"X-Slow: ",
    "is slow to send": b"POST /taken " + HEAD + b"Content-Length: 100000\r\n\r\n...",
    "is slow to take": b"GET /long?200000 " + HEAD + b"\r\n",
}


def test_others_are_answered_and_the_end_does_not_wait_for_the_slow(running_app: Path, tmp_path: Path) -> None:
    make_room()
    for number in range(ATTEMPTS):
        seconds = seconds_beside_the_slow(running_app, tmp_path / str(number))
        # On a machine that stands still, who is slow may be sent away for it.
        if seconds < SOON:
            break

    assert seconds < SOON


def seconds_beside_the_slow(running_app: Path, place: Path) -> float:
    """How long the end took; if some were sent away before, how long they were held."""
    with served.serve(running_app, place, {"TAMPU_DRAIN": str(DRAIN)}) as up, ExitStack() as held:
        up.until_answers()
        alone = seconds_for_answers(up.port)
        began = time.monotonic()
        slow = {held.enter_context(connect(up.port, kind)): kind for kind in list(KINDS) * (CONNECTIONS // len(KINDS))}
        # What the slow ones want of the app is done first.
        beside = min(seconds_for_answers(up.port) for _ in range(2))
        gone = Counter(kind for one, kind in slow.items() if is_gone(one))
        told = time.monotonic()
        longest = told - began
        up.tell(signal.SIGTERM)
        code = up.ended()
        took = time.monotonic() - told
        left = up.processes()

    print(f"{len(slow)} slow: {ANSWERS / beside:.0f} answers/s beside {ANSWERS / alone:.0f}; end {took:.1f} s")  # noqa: T201
    assert (0, []) == (code, left), up.said()
    assert longest > SOON or not gone, up.said()
    return max(longest if gone else 0, took)


def make_room() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connect(port: int, kind: str) -> socket.socket:
    one = socket.socket()
    # What it is sent stays with who sends it.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    one.connect(("127.0.0.1", port))
    one.sendall(KINDS[kind])
    return one


def seconds_for_answers(port: int) -> float:
    with under_load(port) as load:
        started = time.monotonic()
        load.wait_for(ANSWERS)
        took = time.monotonic() - started
    assert [] == [str(loss) for loss in load.losses]
    return took


def is_gone(one: socket.socket) -> bool:
    one.settimeout(0)
    try:
        return not one.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
