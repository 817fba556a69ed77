"""`tampu daemon` as people call it, in folders of its own; what a test started is ended with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.kit import buildpack
from tests.kit.buildpack import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PATIENCE = 60.0
PAUSE = 0.01
PYTHON = str(buildpack.python())
SLEEPS = (PYTHON, "-ISc", "import time; time.sleep(1000)")
COMMAND = (sys.executable, "-I", "-S", str(buildpack.BIN / "tampu"))


class Desk:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.run = place / "run"
        self.env = {"HOME": str(place), "PATH": f"{buildpack.python().parent}:/usr/bin:/bin"}

    def words(self, action: str, *words: str) -> tuple[str, ...]:
        return (*COMMAND, "daemon", action, "--pid-dir", str(self.run), *words)

    def call(self, action: str, *words: str, env: Mapping[str, str] | None = None) -> Result:
        ended = subprocess.run(
            self.words(action, *words),
            check=False,
            capture_output=True,
            cwd=self.place,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=PATIENCE * 2,
        )
        return Result(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    def start(self, name: str, *options: str, command: tuple[str, ...] = SLEEPS) -> Any:  # noqa: ANN401 - JSON
        """Its status, once it is ready."""
        log = () if "--log" in options else ("--log", str(self.log(name)))
        done = self.call("start", name, "--json", *log, *options, "--", *command)
        assert (0, "") == (done.code, done.err)
        return json.loads(done.out)

    def status(self, name: str) -> Any:  # noqa: ANN401 - likewise
        return json.loads(self.call("status", name, "--json").out)

    def log(self, name: str) -> Path:
        return self.place / f"{name}.log"

    def end(self) -> None:
        for lock in self.run.glob(".*.lock"):
            name = lock.name.removesuffix(".lock")[1:]
            # A keeper that is left would start it again.
            if self.run.joinpath(f"{name}.pid").exists() or self.run.joinpath(f".{name}.keeper").exists():
                self.call("stop", name, "--timeout", "0")


@contextmanager
def desk(place: Path) -> Iterator[Desk]:
    made = Desk(place)
    try:
        yield made
    finally:
        made.end()


def python(code: str) -> tuple[str, ...]:
    return (PYTHON, "-ISuc", code)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(PAUSE)
