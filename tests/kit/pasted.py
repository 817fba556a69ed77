"""What `tampu serve` starts, started without it: an ini, and the program that serves it in an app's own Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.paste.asking import Ask
from tests.kit import ports

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[2]
PROGRAM = HOUSE / "lib" / "tampu" / "paste"
HERE = "127.0.0.1"
PATIENCE = 60
READY = " in process "
free_port = ports.free_port
PACKAGES = ("pastedeploy", "waitress", "pyuwsgi", "uvicorn", "gunicorn")
APPS = """
import hashlib
import json
import os
import time


def half():
    yield b"half"
    raise LookupError("in the middle")


def make(global_conf, greeting="hello", **local):
    def app(environ, start_response):
        path = environ["PATH_INFO"]
        headers = [("Content-Type", "text/plain")]
        if path == "/boom":
            raise LookupError("boom")
        if path == "/same":
            start_response("304 Not Modified", headers)
            return []
        if path == "/lines":
            start_response("200 OK", headers)
            return (b"%d\\n" % number for number in range(500))
        if path == "/half":
            start_response("200 OK", headers)
            return half()
        if path == "/slow":
            time.sleep(0.5)
        if path == "/environ":
            body = json.dumps({name: str(value) for name, value in environ.items()}).encode()
        elif path == "/pid":
            body = str(os.getpid()).encode()
        elif path == "/greeting":
            body = greeting.encode()
        else:
            body = hashlib.md5(environ["wsgi.input"].read()).hexdigest().encode()
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return app


def make_async(global_conf, **local):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"async"})

    return app
"""
SECTION = """\
[app:main]
paste.app_factory = echoing:{app}

[server:main]
{server}
"""


@dataclass(slots=True, kw_only=True)
class Pasted:
    process: subprocess.Popen[str]
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def until_says(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.said():
            assert time.monotonic() < deadline, f"it never said {text!r}:\n{self.said()}"
            assert self.process.poll() is None, self.said()
            time.sleep(0.02)


def write(folder: Path, server: str, app: str = "make") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "echoing.py").write_text(APPS)
    config = folder / "served.ini"
    config.write_text(SECTION.format(app=app, server=textwrap.dedent(server)))
    return config


def ask(config: Path, **more: str) -> Ask:
    return Ask(config=f"config:{config}", here=str(config.parent), first=(str(config.parent),), **more)  # type: ignore[arg-type]


def start(python: Path, config: Path, log: Path, **more: str) -> Pasted:
    with log.open("w") as said:
        process = subprocess.Popen(
            (python, PROGRAM, ask(config, **more).as_json()),
            cwd=config.parent,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return Pasted(process=process, port=0, log=log)


@contextmanager
def serving(python: Path, config: Path, port: int, **more: str) -> Iterator[Pasted]:
    """Until it says that it serves."""
    pasted = start(python, config, config.parent / "said.log", **more)
    pasted.port = port
    try:
        pasted.until_says(READY)
        yield pasted
    finally:
        with suppress(ProcessLookupError):
            pasted.tell(signal.SIGTERM)
        pasted.ended()


def refused(python: Path, config: Path, **more: str) -> tuple[int, str]:
    """How it ends that can't serve, and what it says."""
    pasted = start(python, config, config.parent / "said.log", **more)
    return pasted.ended(), pasted.said()


def make_environment(index: str, folder: Path) -> Path:
    """Its Python."""
    uv = (sys.executable, "-m", "uv")
    subprocess.run((*uv, "venv", "-q", "--python", sys.executable, folder), check=True)
    python = folder / "bin" / "python"
    install = (*uv, "pip", "install", "-q", "--python", python, "--index-url", index)
    subprocess.run((*install, *PACKAGES), check=True, env={**os.environ, "UV_NO_CONFIG": "1"})
    return python
