"""A home whose app uvicorn serves, and a client that speaks to its socket as nginx does."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.kit import require
from tests.kit.supervised import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.launch.homes import Home

CONFIG = Path(__file__).resolve().parents[2] / "config"
# Answers what it was asked about itself; what it does at its start and its end is in files.
APP = """\
import asyncio
import json
import os
import sys
import time
from pathlib import Path

STARTED = time.time()
RUN = Path(os.environ["TAMPU_RUN"])


async def app(scope, receive, send):
    await {"lifespan": live, "websocket": echo, "http": answer}[scope["type"]](scope, receive, send)


async def live(scope, receive, send):
    await receive()
    while (RUN / "slow").exists():
        await asyncio.sleep(0.01)
    kind = "failed" if (RUN / "fail").exists() else "complete"
    await send({"type": f"lifespan.startup.{kind}"})
    await receive()
    with (RUN / "ended").open("a") as file:
        file.write(f"{os.getpid()}\\n")
    await send({"type": "lifespan.shutdown.complete"})


async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    message = await receive()
    await send({"type": "websocket.send", "text": "echo of " + message["text"]})
    await receive()


async def answer(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    wait = float(dict(scope["headers"]).get(b"x-wait", b"0"))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body + b"\\n", "more_body": True})
    while (RUN / "hold").exists():
        await asyncio.sleep(0.01)
    await asyncio.sleep(wait)
    told = {
        "pid": os.getpid(), "client": (scope["client"] or [None])[0], "scheme": scope["scheme"],
        "root": scope["root_path"], "cwd": os.getcwd(), "path": sys.path[0], "started": STARTED,
        "stdin": os.path.realpath("/proc/self/fd/0"),
    }
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})
"""


def lay_uvicorn(index: str, place: Path, *words: str) -> Path:
    """A folder to import it from, with all that an asynchronous app gets."""
    files = Path(unquote(urlsplit(index).path)).parent
    options = ("--quiet", "--isolated", "--no-index", "--find-links", str(files), "--target", str(place))
    install = (sys.executable, "-m", "pip", "install", *options, "--disable-pip-version-check", *words)
    if subprocess.run(install, check=False).returncode:
        require.lack("a pip that installs into a folder")
    return place


@dataclass(kw_only=True)
class Workers:
    home: Home
    library: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.run.mkdir(mode=0o700)
        (self.home.path / "current").symlink_to(".")
        self.home.decide(server="asgi", app="main:app", path=["."])
        self.home.write("main.py", APP)

    @property
    def run(self) -> Path:
        return self.home.run

    def start(self, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home.path),
            "TAMPU_RUN": str(self.run),
            "PYTHONPATH": str(self.library),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WEB_CONCURRENCY": "2",
            "TAMPU_DRAIN": "5",
            **self.environ,
        }
        argv = (self.home.path / ".tampu/python/bin/python3", self.home.path / ".tampu/launch/asgi_start.py")
        with (self.home.path / "log").open("ab") as log:
            self.process = subprocess.Popen(argv, env=env, stdin=stdin, stdout=log, stderr=log)
        return self.process

    def start_and_wait(self) -> None:
        self.start()
        until(lambda: (self.run / "ready").exists() or self.process.poll() is not None, self.log)
        assert self.process.poll() is None, self.log()

    def log(self) -> str:
        return (self.home.path / "log").read_text()

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        client.connect(str(self.run / "nginx.socket"))
        return client

    def ask(self, body: str = "", **headers: str) -> dict[str, object]:
        """What the app says of itself."""
        with closing(Connection(self)) as connection:
            return connection.post(body, headers)

    def pids(self) -> set[int]:
        """Of the workers that are there now."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children}

    def touch(self) -> None:
        """At one instant: to be made and to be filled are two."""
        beside = self.run / "reload.new"
        beside.write_text("")
        beside.rename(self.run / "reload")

    def close(self) -> None:
        if hasattr(self, "process") and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


class Connection(http.client.HTTPConnection):
    """Kept until an answer says that it is closed, as nginx keeps it."""

    def __init__(self, workers: Workers) -> None:
        super().__init__("shop.example")
        self._workers = workers

    def connect(self) -> None:
        self.sock = self._workers.connect()

    def post(self, body: str = "", headers: dict[str, str] | None = None) -> dict[str, object]:
        self.request("POST", "/", body=body, headers=headers or {})
        echoed, _, told = self.getresponse().read().partition(b"\n")
        assert body.encode() == echoed
        answer: dict[str, object] = json.loads(told)
        return answer


class Clients:
    """Each asks again and again, until something is lost: nothing is asked twice."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._over = threading.Event()
        self.pids: list[object] = []
        self.lost: list[str] = []

    @contextmanager
    def asking(self, count: int = 6) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self, number: int) -> None:
        with closing(Connection(self._workers)) as connection:
            try:
                while not self._over.wait(0.002 * number):
                    self.pids.append(connection.post(f"from {number}")["pid"])
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
