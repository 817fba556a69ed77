"""Rounds of all cells, one server at a time: how soon it answers, how fast, with how much memory."""

from __future__ import annotations

import os
import platform
import signal
import socket
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import distributions
from typing import TYPE_CHECKING

import memory
import wrk
from serve_cells import DYNAMIC, MODULES, WORKERS

from tampu import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from judge import Verdict
    from serve_cells import Cell, Server
    from serve_stage import Stage

PATIENCE = 20
RIVALS = ("gunicorn", "uvicorn", "granian", "waitress", "whitenoise", "flask", "fastapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`start` is from the start of its first process to the first 200, in seconds; memory is in MB, after the load."""

    start: float
    load: wrk.Load
    worker: float
    whole: float


Runs = dict[str, dict[str, list[Run]]]


@dataclass(slots=True)
class Rounds:
    stage: Stage
    cells: Sequence[Cell]
    seconds: int
    rounds: int = 0
    runs: Runs = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    imports: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self, number: int) -> None:
        self.rounds += 1
        for app in MODULES:
            self.imports[app].append(self.stage.import_seconds(app))
        for cell in self.cells:
            turn = number % len(cell.servers)
            for server in (*cell.servers[turn:], *cell.servers[:turn]):
                run = self._measure(cell, server)
                self.runs[cell.name][server.name].append(run)
                print(f"  {cell.name}: {server.name}: {run.load.rate:.0f}/s, first after {run.start:.3f} s", flush=True)

    def as_json(self, verdicts: Iterable[Verdict]) -> dict[str, object]:
        return {
            "when": datetime.now(tz=timezone.utc).date().isoformat(),
            "rounds": self.rounds,
            "seconds": self.seconds,
            "versions": self._versions(),
            "machine": f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} CPUs",
            "dynamic": [cell.name for cell in DYNAMIC],
            "runs": {
                cell: {server: [asdict(run) for run in runs] for server, runs in servers.items()}
                for cell, servers in self.runs.items()
            },
            "imports": self.imports,
            "limits": [asdict(verdict) for verdict in verdicts],
        }

    def _measure(self, cell: Cell, server: Server) -> Run:
        port = _free_port()
        with self._started(cell, server, port) as (process, started):
            start = _first_answer(process, port, cell.path) - started
            url = f"http://127.0.0.1:{port}{cell.path}"
            wrk.load(url, cell.clients, 1)
            load = wrk.load(url, cell.clients, self.seconds)
            worker, whole = memory.of_tree(process.pid, WORKERS)
        return Run(start=start, load=load, worker=worker, whole=whole)

    @contextmanager
    def _started(self, cell: Cell, server: Server, port: int) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
        log = self.stage.work / "log"
        command, env = self.stage.command(server, port), self.stage.environ(server, cell.app, port)
        with log.open("wb") as out:
            started = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=self.stage.folder(server, cell.app),
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=out,
                start_new_session=True,
            )
            try:
                yield process, started
            except TimeoutError:
                raise SystemExit(f"{server.name} doesn't answer:\n{log.read_text(errors='replace')}") from None
            finally:
                _stop(process)

    def _versions(self) -> dict[str, str]:
        (site,) = self.stage.environment.glob("lib/python*/site-packages")
        found = {each.metadata["Name"].lower(): each.version for each in distributions(path=[str(site)])}
        return {"tampu": __version__, "Python": self.stage.python, **{name: found[name] for name in RIVALS}}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _first_answer(process: subprocess.Popen[bytes], port: int, path: str) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                connection.sendall(request)
                if connection.recv(64).split(b" ", 2)[1:2] == [b"200"]:
                    return time.perf_counter()
        except OSError:
            pass
        time.sleep(0.002)
    raise TimeoutError


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
