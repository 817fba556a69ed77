"""`tampu serve CONFIG`, called as people do."""

from __future__ import annotations

import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit.serving import Project, serving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "a project", "egg:waitress#main")


def test_what_a_config_describes_is_served(project: Project) -> None:
    with serving(project, "who=you") as server:
        assert server.get("/") == "Good morning, you"

    assert server.exit_code == 0


def test_a_request_that_is_under_way_is_answered_at_the_end(project: Project) -> None:
    with serving(project, "who=you") as server, socket.create_connection(("127.0.0.1", server.port)) as caller:
        caller.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)

        assert b"".join(iter(lambda: caller.recv(4096), b"")).endswith(b"Good morning, you")
