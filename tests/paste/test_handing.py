"""A server's sockets are had by its own user and root, and by nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.paste import handing
from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBRARY = Path(handing.__file__).resolve().parents[2]
NOBODY = 65534
ANYBODYS_PYTHON = "/usr/bin/python3"
SERVER = """\
import os, sys
sys.path.insert(0, sys.argv[1])
from tampu.paste import handing, listening
(mine,) = listening.sockets("127.0.0.1", 0)
handing.offer({"TAMPU_DAEMON": sys.argv[2]})
print(mine.getsockname()[1], flush=True)
sys.stdin.read()
"""
CALLER = """\
import socket, sys
with socket.socket(socket.AF_UNIX) as caller:
    caller.connect("\\0tampu-sockets-" + sys.argv[1])
    print(socket.recv_fds(caller, 1, 9)[:2])
"""


@pytest.fixture
def token() -> str:
    return os.urandom(16).hex()


@pytest.fixture
def port(token: str) -> Iterator[int]:
    argv = (sys.executable, "-c", SERVER, str(LIBRARY), token)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield int(server.stdout.readline())
        server.communicate()


def test_who_has_its_token_and_its_user_gets_them(port: int, token: str) -> None:
    (number,) = handing.take(token, os.geteuid())

    with socket.socket(fileno=number) as handed:
        assert ("127.0.0.1", port) == handed.getsockname()


@pytest.mark.usefixtures("port")
def test_from_another_users_program_nothing_is_taken(token: str) -> None:
    assert () == handing.take(token, os.geteuid() + 1)


def test_where_nobody_offers_any_there_are_none(token: str) -> None:
    assert () == handing.take(token, os.geteuid())


@pytest.mark.usefixtures("port")
def test_another_user_gets_none(token: str) -> None:
    require.need_root()
    require.need(ANYBODYS_PYTHON)

    argv = (ANYBODYS_PYTHON, "-c", CALLER, token)
    done = subprocess.run(argv, user=NOBODY, check=True, capture_output=True, text=True, cwd="/")

    assert "(b'', [])\n" == done.stdout
