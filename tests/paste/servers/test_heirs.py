"""A server that others go on for lets in nobody any more once it is asked to end."""

from __future__ import annotations

import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import gateways, pasted

if TYPE_CHECKING:
    from pathlib import Path

SERVER = """\
import sys
sys.path.insert(0, sys.argv[1])
from tampu.paste import listening, standing
from tampu.paste.protocols.answering import Manner
from tampu.paste.protocols.scgi import Scgi
from tampu.paste.servers import waitress
from tampu.paste.workers.caller import Desk, Doorman
from tampu.paste.workers.reception import Reception

def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [b"old"]

listening.adopt(int(sys.argv[2]))
standing.expect_heirs()
standing.heed_signals()
desk = Desk(speak=Scgi, manner=Manner(app=app, keeps=lambda: False), doorman=Doorman())
{serve}
"""
WAYS = {
    "waitress": ("waitress.serve_at(listening.use_all(), app)", b"GET / HTTP/1.0\r\n\r\n"),
    "threads": (
        "Reception(listening.use_all(), desk, 3, (1, 1)).run()",
        gateways.scgi_request(gateways.variables("GET", "/", b"")),
    ),
}
TRIES = 3


@pytest.mark.parametrize("way", WAYS)
def test_who_calls_in_the_moment_of_its_end_is_left_to_the_next_one(way: str, app_python: Path) -> None:
    # A thread that only waits may be the one that the signal goes to, and hear of it too late.
    assert any(was_left(way, app_python) for _ in range(TRIES))


def was_left(way: str, app_python: Path) -> bool:
    """Who was let in nevertheless is answered."""
    serve, request = WAYS[way]
    with socket.create_server((pasted.HERE, 0)) as listener:
        argv = (app_python, "-c", SERVER.format(serve=serve), str(pasted.PROGRAM.parents[1]), str(listener.fileno()))
        process = subprocess.Popen(argv, pass_fds=(listener.fileno(),))
        try:
            port = listener.getsockname()[1]
            with gateways.connect(port) as caller:
                caller.sendall(request)
                assert gateways.to_its_end(caller).endswith(b"old")
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGTERM)
            with gateways.connect(port) as caller:
                caller.sendall(request)
                process.send_signal(signal.SIGCONT)
                assert 0 == process.wait(pasted.PATIENCE)
                listener.setblocking(False)  # noqa: FBT003 - its only form
                try:
                    left, where = listener.accept()
                except BlockingIOError:
                    assert gateways.to_its_end(caller).endswith(b"old")
                    return False
                left.close()
                assert caller.getsockname() == where
                return True
        finally:
            process.kill()
            process.wait()
