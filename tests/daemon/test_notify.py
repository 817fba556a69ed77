from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

import tampu
from tampu import notify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    address = str(tmp_path / "socket") if request.param == "path" else f"\0tampu-test-{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        server.settimeout(60)
        yield server


def environ(manager: socket.socket) -> dict[str, str]:
    name = manager.getsockname()
    return {"NOTIFY_SOCKET": f"@{os.fsdecode(name[1:])}" if isinstance(name, bytes) else name}


def test_who_listens_hears(manager: socket.socket) -> None:
    assert notify.tell("READY=1", "STATUS=all is well", environ=environ(manager))

    assert b"READY=1\nSTATUS=all is well" == manager.recv(100)


@pytest.mark.parametrize("place", ["", "relative", "/nowhere/at/all", "@nobody-listens-there"])
def test_where_nobody_listens_nothing_happens(place: str) -> None:
    assert not notify.tell("READY=1", environ={"NOTIFY_SOCKET": place})


def test_all_that_can_be_said(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", environ(manager)["NOTIFY_SOCKET"])

    said = []
    for each in (notify.ready, notify.stopping, notify.reloading, notify.alive):
        assert each()
        said.append(manager.recv(100).decode())
    notify.ready("two\nlines")
    notify.status("half way")

    assert ["READY=1", "STOPPING=1"] == said[:2]
    assert said[2].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert "WATCHDOG=1" == said[3]
    assert b"READY=1\nSTATUS=two lines" == manager.recv(100)
    assert b"STATUS=half way" == manager.recv(100)


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "{own}"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_how_often_a_watchdog_wants_to_hear(variables: dict[str, str], seconds: float) -> None:
    own = {name: value.format(own=os.getpid()) for name, value in variables.items()}

    assert seconds == notify.watchdog(own)


def test_the_package_has_no_other_late_names() -> None:
    with pytest.raises(AttributeError):
        tampu.Demon  # noqa: B018 - to ask for it is the test
