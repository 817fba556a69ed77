"""Against a server that says what supervisord would; tests/contract has a real one."""

from __future__ import annotations

import signal
import subprocess
from socketserver import UnixStreamServer
from threading import Thread
from typing import TYPE_CHECKING
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler

import pytest

from tampu.world.supervisor import NoAnswer, SupervisorSocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Supervisord(UnixStreamServer, SimpleXMLRPCDispatcher):
    """Remembers what it was told."""

    def __init__(self, path: Path) -> None:
        SimpleXMLRPCDispatcher.__init__(self)
        UnixStreamServer.__init__(self, str(path), Handler)
        self.path = path
        self.logRequests = False
        self.told: list[tuple[object, ...]] = []
        self.programs = {"app": "RUNNING", "worker": "FATAL", "worker-2": "RUNNING"}
        self.pid = 0
        self.register_function(self.info, "supervisor.getAllProcessInfo")
        self.register_function(lambda *words: self.hear("start", *words), "supervisor.startProcessGroup")
        self.register_function(self.stop, "supervisor.stopProcessGroup")

    def info(self) -> list[dict[str, str | int]]:
        return [
            {"name": name, "group": name.partition("-")[0], "statename": state, "pid": self.pid}
            for name, state in self.programs.items()
        ]

    def stop(self, *words: object) -> bool:
        """It takes a while if there is a process, for as long as that is there."""
        self.programs[str(words[0])] = "STOPPING" if self.pid else "STOPPED"
        return self.hear("stop", *words)

    def hear(self, *words: object) -> bool:
        self.told.append(words)
        return True


class Handler(SimpleXMLRPCRequestHandler):
    # Nagle's algorithm is one of TCP.
    disable_nagle_algorithm = False


@pytest.fixture
def supervisord(tmp_path: Path) -> Iterator[Supervisord]:
    with Supervisord(tmp_path / "supervisor.sock") as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_program_has_a_state_and_the_worst_of_its_processes_counts(supervisord: Supervisord) -> None:
    assert {"app": "RUNNING", "worker": "FATAL"} == SupervisorSocket(supervisord.path).states()


def test_programs_are_stopped_and_started(supervisord: Supervisord) -> None:
    socket = SupervisorSocket(supervisord.path)
    socket.stop("app")
    socket.start("app")

    assert [("stop", "app", False), ("start", "app", False)] == supervisord.told


def test_a_stop_waits_until_the_program_is_gone(supervisord: Supervisord) -> None:
    with subprocess.Popen(("sleep", "60")) as process:

        def ends() -> None:
            process.wait()
            supervisord.programs["app"] = "STOPPED"

        thread = Thread(target=ends)
        supervisord.pid = process.pid
        thread.start()
        SupervisorSocket(supervisord.path).stop("app", at_once="app")
        thread.join()

    assert -signal.SIGINT == process.returncode


def test_a_supervisor_that_does_not_want_to(supervisord: Supervisord) -> None:
    supervisord.funcs.clear()

    with pytest.raises(NoAnswer, match="not supported"):
        SupervisorSocket(supervisord.path).states()


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        SupervisorSocket(tmp_path / "none").states()
