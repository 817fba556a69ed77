"""`tampu serve` under systemd: on its socket, and ready when it says so."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.kit.serving import PATIENCE, Project, answer, command

if TYPE_CHECKING:
    from pathlib import Path

# What systemd does before it executes a service: its socket is descriptor 3, and the number is that of the service.
AS_SYSTEMD_DOES = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.execve(sys.argv[2], sys.argv[2:], {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})
"""


def test_sockets_and_readiness_are_systemds(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", "egg:waitress#main")
    with (
        socket.create_server(("127.0.0.1", project.port)) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
    ):
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        argv = (sys.executable, "-c", AS_SYSTEMD_DOES, str(listener.fileno()), *command(project))
        env = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(argv, cwd=project.folder, env=env, pass_fds=(listener.fileno(),)) as service:
            assert b"READY=1" in manager.recv(4096)
            assert "Good morning, all" == answer(project.port)
            service.send_signal(signal.SIGTERM)
            assert 0 == service.wait(PATIENCE)
