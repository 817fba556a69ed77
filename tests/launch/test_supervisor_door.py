from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import supervisor_door

from tests.kit.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

LAUNCH = Path(supervisor_door.__file__).parent
OPEN = "import supervisor_door; print(supervisor_door.open_inherited(5))"
SOON = 0.5
HERE = "127.0.0.1"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def door(port: int) -> supervisor_door.Door:
    door = supervisor_door.make({"TAMPU_LISTEN": HERE, "PORT": str(port)})
    assert door
    return door


@pytest.fixture
def nginx(door: supervisor_door.Door) -> Iterator[socket.socket]:
    """What is nginx's own of the door, once that has been opened for it."""
    assert "True\n" == opened_by_a_child(door.fileno())
    with socket.socket(fileno=socket.dup(door.fileno())) as nginx:
        yield nginx


def opened_by_a_child(stdin: int) -> str:
    ended = subprocess.run((sys.executable, "-c", OPEN), cwd=LAUNCH, stdin=stdin, check=True, stdout=subprocess.PIPE)
    return ended.stdout.decode()


def test_nobody_gets_in_before_it_is_opened(door: supervisor_door.Door, port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HERE, port))

    door.close()


def test_who_came_before_it_closed_is_let_in_and_nobody_after(
    door: supervisor_door.Door, nginx: socket.socket, port: int
) -> None:
    early = socket.create_connection((HERE, port))

    door.close()

    with pytest.raises(TimeoutError):
        socket.create_connection((HERE, port), timeout=SOON)
    taken, _ = nginx.accept()
    taken.sendall(b"welcome")
    nginx.close()
    assert b"welcome" == early.recv(9)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HERE, port))
    early.close()
    taken.close()


def test_it_closes_at_last_even_if_nobody_takes_those_who_came(
    door: supervisor_door.Door, nginx: socket.socket, port: int
) -> None:
    with socket.create_connection((HERE, port)) as early:
        door.close()
        nginx.close()

        with pytest.raises(ConnectionResetError):
            early.recv(1)


@pytest.mark.parametrize("text", ["", "http", "99999999", "-1"])
def test_without_a_port_there_is_none(text: str) -> None:
    assert supervisor_door.make({"PORT": text}) is None


def test_where_somebody_else_has_the_port_there_is_none() -> None:
    with socket.create_server((HERE, 0)) as other:
        assert supervisor_door.make({"TAMPU_LISTEN": HERE, "PORT": str(other.getsockname()[1])}) is None


@pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET6])
def test_another_socket_is_no_door(family: socket.AddressFamily) -> None:
    with socket.socket(family) as other:
        assert "False\n" == opened_by_a_child(other.fileno())


def test_neither_is_a_file() -> None:
    assert "False\n" == opened_by_a_child(subprocess.DEVNULL)
