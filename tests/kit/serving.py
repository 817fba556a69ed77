"""A small project with a config of PasteDeploy's, and `tampu serve` in its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.error import URLError

from tampu.world import ports
from tests.kit import buildpack
from tests.kit.buildpack import Result
from tests.kit.served import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PATIENCE = 60
APP = """\
import time


def make(global_conf, greeting="Good morning", who="all", **more):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            time.sleep(1)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{greeting}, {global_conf.get('who', who)}".encode()]

    return app
"""
CONFIG = """\
[app:main]
use = call:greeter:make

[server:main]
use = {server}
host = 127.0.0.1
port = {port}
"""


class Project:
    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.config = folder / "development.ini"
        folder.mkdir()
        (folder / "greeter.py").write_text(APP)
        self.config.write_text(CONFIG.format(server=server, port=self.port))

    def listen_below(self, highest: int) -> None:
        """At a port that only root may open."""
        before = f"port = {self.port}"
        self.port = next(port for port in range(highest - 1, 0, -1) if not ports.obstacle(port))
        self.config.write_text(self.config.read_text().replace(before, f"port = {self.port}"))


class Server:
    def __init__(self, project: Project, process: subprocess.Popen[str]) -> None:
        self.port = project.port
        self.process = process

    @property
    def exit_code(self) -> int:
        return self.process.wait(PATIENCE)

    def get(self, path: str) -> str:
        """Asked again until it is there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(URLError):
                return answer(self.port, path)
            assert self.process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.05)


def answer(port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as found:
        return str(found.read().decode())


def call(project: Project, *words: str, env: Mapping[str, str] = os.environ) -> Result:
    """One that comes back."""
    ended = subprocess.run(
        command(project, *words),
        cwd=project.folder,
        env=env,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    return Result(code=ended.returncode, out=ended.stdout, err=ended.stderr)


def pid(project: Project) -> int:
    """Of the server in the background."""
    return int((project.folder / "paster.pid").read_text().split()[0])


@contextmanager
def daemons(project: Project) -> Iterator[Project]:
    """What a test leaves running in the background ends with it."""
    try:
        yield project
    finally:
        call(project, "stop")


def command(project: Project, *words: str, config: str = "") -> tuple[str, ...]:
    """With the Python of the tests, so that nothing is built."""
    served = ("serve", "--python", sys.executable, config or str(project.config))
    return (*buildpack.program("tampu"), *served, *words)


@contextmanager
def serving(project: Project, *words: str, config: str = "", env: Mapping[str, str] = os.environ) -> Iterator[Server]:
    process = subprocess.Popen(command(project, *words, config=config), cwd=project.folder, env=env, text=True)
    server = Server(project, process)
    try:
        server.get("/")
        yield server
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
