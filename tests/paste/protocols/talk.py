"""Both ends of a connection: a front end of the tests at the one, a codec and an app at the other."""

from __future__ import annotations

import hashlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tampu.paste.protocols.answering import Manner
from tampu.paste.protocols.wire import Wire
from tampu.paste.workers.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tampu.paste.protocols.exchange import Speak

SECONDS = 30.0


def echo(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/boom":
        raise LookupError("boom")
    if path == "/complain":
        environ["wsgi.errors"].write("one\ntwo")
    if path == "/blind":
        start_response("200 OK", [("Content-Length", "4")])
        return [b"seen"]
    if path == "/heads":
        start_response("200 OK", [(f"X-{number}", "x" * 100) for number in range(100)])
        return []
    if path == "/large":
        start_response("200 OK", [])
        return (bytes([number]) * 50_000 for number in range(10))
    if path == "/named":
        found = f"{environ.get(environ['QUERY_STRING'])}".encode("latin-1")
    else:
        found = hashlib.md5(environ["wsgi.input"].read()).hexdigest().encode()  # noqa: S324 - no secret
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Method", environ["REQUEST_METHOD"])])
    return [found]


@contextmanager
def talking(speak: Speak, patience: float = SECONDS, said: bytes = b"") -> Iterator[tuple[socket.socket, list[bool]]]:
    """The front end's side, which has said that already, and how each turn of the other side ended."""
    ours, theirs = socket.socketpair()
    ours.sendall(said)
    wire = Wire(theirs, patience)
    caller = Caller(wire=wire, conversation=speak(wire), name="the test")
    ended: list[bool] = []
    manner = Manner(app=echo, keeps=lambda: True)

    def attend() -> None:
        goes_on = True
        while goes_on:
            goes_on = caller.attend(manner)
            ended.append(goes_on)

    thread = threading.Thread(target=attend)
    thread.start()
    ours.settimeout(SECONDS)
    try:
        with ours:
            yield ours, ended
    finally:
        thread.join(SECONDS)
        assert not thread.is_alive(), "it goes on for ever"
