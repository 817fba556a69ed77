"""A real supervisord that loads what we put beside it, and runs the programs of a test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tampu.envs.supervision import LAUNCH, MODULES

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60
BASE = """\
[supervisord]
nodaemon=true
silent=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=%(ENV_TAMPU_RUN)s/supervisord.pid
childlogdir=%(ENV_TAMPU_RUN)s
minfds=64
[unix_http_server]
file=%(ENV_TAMPU_RUN)s/supervisor.sock
[supervisorctl]
serverurl=unix://%(ENV_TAMPU_RUN)s/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
OURS = """\
[rpcinterface:tampu]
supervisor.rpcinterface_factory=supervisor_stdout:make_rpcinterface
needed=app,nginx
"""
# As apps have it that were made for supervisor-stdout.
LISTENER = """\
[eventlistener:stdout]
command=supervisor_stdout
buffer_size={buffer_size}
events=PROCESS_LOG
result_handler=supervisor_stdout:event_handler
"""
COMMAND = f"""\
#!{sys.executable}
from supervisor_stdout import main
main()
"""


def lay_supervisor(index: str, place: Path) -> Path:
    """A folder to import it from, with our modules in it and the command that they have."""
    files = Path(unquote(urlsplit(index).path)).parent
    (wheel,) = files.glob("supervisor-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    for name in MODULES:
        shutil.copyfile(LAUNCH / name, place / name)
    (place / "bin").mkdir()
    (place / "bin" / "supervisor_stdout").write_text(COMMAND)
    (place / "bin" / "supervisor_stdout").chmod(0o755)
    return place


@dataclass(kw_only=True)
class Supervised:
    library: Path
    folder: Path
    config: str = BASE + OURS
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.run.mkdir(parents=True)

    @property
    def run(self) -> Path:
        return self.folder / "run"

    def add(self, name: str, script: str, *settings: str, kind: str = "program") -> None:
        """A program that is a script of sh."""
        (self.folder / f"{name}.sh").write_text(script)
        section = (f"[{kind}:{name}]", f"command=/bin/sh {self.folder / name}.sh", *settings)
        self.config += "\n".join((*section, ""))

    def configure(self) -> None:
        (self.folder / "supervisord.conf").write_text(self.config)

    def start(self, out: int | IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Its output goes to `out`, else into a file that `said` reads."""
        self.configure()
        with (self.folder / "out").open("ab") as file:
            self.process = subprocess.Popen(
                self._words("supervisord"), cwd=self.folder, env=self._env(), stdout=out or file, stderr=file
            )
        return self.process

    def control(self, *words: str) -> str:
        argv = (*self._words("supervisorctl"), *words)
        return subprocess.run(argv, env=self._env(), capture_output=True, text=True, check=False).stdout

    def said(self) -> bytes:
        return (self.folder / "out").read_bytes()

    def lines(self, program: str, channel: str = "stdout") -> list[bytes]:
        start = f"{program} {channel} | ".encode()
        return [line[len(start) :] for line in self.said().split(b"\n") if line.startswith(start)]

    def until_said(self, text: bytes) -> None:
        until(lambda: text in self.said(), lambda: f"{text!r} is not in {self.said()[-2000:]!r}")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if hasattr(self, "process") and self.process.poll() is None:
            self.end()

    def _words(self, tool: str) -> tuple[str, ...]:
        return sys.executable, "-m", f"supervisor.{tool}", "-c", str(self.folder / "supervisord.conf")

    def _env(self) -> dict[str, str]:
        path = f"{self.library / 'bin'}:{os.environ['PATH']}"
        return {"PATH": path, "PYTHONPATH": str(self.library), "TAMPU_RUN": str(self.run), **self.environ}


def until(true: Callable[[], object], why: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, why()
        time.sleep(0.02)
