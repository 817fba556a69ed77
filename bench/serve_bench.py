"""How fast apps are served, beside other servers."""

from __future__ import annotations

import socket
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import memory
import wrk
from commands import PATIENCE, free_port, stop
from frame import Bench, turns
from house import versions
from judge import Panel, Verdict
from serve_cells import (
    APACHE,
    APACHE_IS_THERE,
    ASGI_HELLO,
    CHOSEN,
    DYNAMIC,
    HELLO,
    HELLO_256,
    OURS,
    PAGE,
    SYNC,
    UVICORN,
    WHITENOISE,
    WORKERS,
)
from serve_stage import Stage
from tables import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from frame import Found, How
    from serve_cells import Cell, Server
    from workshop import Workshop

SECONDS = {"quick": 1, "full": 2}
RIVALS = ("gunicorn", "uvicorn", "granian", "waitress", "whitenoise", "flask", "fastapi", "mod-wsgi", "mod_wsgi")
TIMES = (
    (HELLO, SYNC, 3.0),
    (HELLO_256, SYNC, 3.0),
    (PAGE, SYNC, 1.7),
    (ASGI_HELLO, UVICORN, 0.9),
    ("static 1 KB", WHITENOISE, 14.0),
    ("static 100 KB", WHITENOISE, 4.0),
)
BESIDE_THE_IMPORT = 0.3
SPREAD = """\
Median of the rounds, with the least and the most, under a load of {seconds} s each; `times` is the median ratio to the
server named second, round by round. Latencies are in milliseconds. Memory is in MB after the load: what one worker has
to itself, and all processes together. `start` is from the start of the first process, that of the line in the Procfile,
to the first 200, in seconds."""
HEAD = ("", "requests/s", "times", "p50", "p99", "errors", "worker", "all", "start")


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
    how: How
    runs: Runs = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    imports: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        if how == "full" and not APACHE_IS_THERE:
            print(f"  without {APACHE}, which is built with apxs: apt-get install -y apache2-dev", flush=True)
        return cls(Stage.set_up(workshop, CHOSEN[how]), how)

    def run(self, number: int) -> None:
        for app in _apps(self.how):
            self.imports[app].append(self.stage.import_seconds(app))
        for cell in CHOSEN[self.how]:
            for server in turns(cell.servers, number):
                run = self._measure(cell, server)
                self.runs[cell.name][server.name].append(run)
                print(f"  {cell.name}: {server.name}: {run.load.rate:.0f}/s, first after {run.start:.3f} s", flush=True)

    def found(self) -> Found:
        return {
            "versions": {"Python": self.stage.python, **versions(self.stage.rivals, RIVALS)},
            "seconds": SECONDS[self.how],
            "runs": {
                cell: {server: [asdict(run) for run in runs] for server, runs in servers.items()}
                for cell, servers in self.runs.items()
            },
            "imports": self.imports,
        }

    def _measure(self, cell: Cell, server: Server) -> Run:
        port = free_port()
        with self._started(cell, server, port) as (process, started):
            start = _first_answer(process, port, cell.path) - started
            url = f"http://127.0.0.1:{port}{cell.path}"
            wrk.load(url, cell.clients, 1)
            load = wrk.load(url, cell.clients, SECONDS[self.how])
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
                stop(process)


def _apps(how: How) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.app for cell in CHOSEN[how]))


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


def panels(found: Found) -> tuple[Panel, ...]:
    return tuple(
        Panel(
            title=cell,
            unit="requests/s",
            samples={name: _loads(runs, "rate") for name, runs in sorted(servers.items(), key=_ours_first)},
            more=True,
        )
        for cell, servers in found["runs"].items()
    )


def judge(found: Found) -> Iterator[Verdict]:
    cells = found["runs"]
    for cell, rival, times in TIMES:
        # Round by round: what else the machine did in a round, it did to both.
        pairs = zip(_loads(cells[cell][OURS], "rate"), _loads(cells[cell][rival], "rate"), strict=True)
        yield Verdict(
            f"{cell}: {times:g} times {rival}", median(own / other for own, other in pairs), times, "x", at_least=True
        )
    for cell, servers in cells.items():
        yield Verdict(f"{cell}: no errors", _errors(servers[OURS]), 0, "errors")
    for cell in DYNAMIC:
        if cell.name != HELLO_256:
            start = median(run["start"] for run in cells[cell.name][OURS])
            words = f"{cell.name}: the first answer {BESIDE_THE_IMPORT} s after what the import of the app takes"
            yield Verdict(words, start, median(found["imports"][cell.app]) + BESIDE_THE_IMPORT)


def tables(found: Found) -> Iterator[str]:
    yield SPREAD.format(seconds=found["seconds"])
    for cell, servers in found["runs"].items():
        base = _loads(servers[next(name for name in servers if name != OURS)], "rate")
        yield f"\n### {cell}\n"
        yield from rows(HEAD, [_line(name, runs, base) for name, runs in sorted(servers.items(), key=_ours_first)])
    yield "\nThe import of the app alone, in seconds:\n"
    imports = [(f"bench/apps/{app}", f"{median(taken):.3f}") for app, taken in found["imports"].items()]
    yield from rows(("app", "import"), imports)


def _line(name: str, runs: Sequence[Found], base: Sequence[float]) -> tuple[str, ...]:
    rates = _loads(runs, "rate")
    return (
        name,
        f"{median(rates):.0f} ({min(rates):.0f} to {max(rates):.0f})",
        f"{median(own / other for own, other in zip(rates, base, strict=True)):.2f}",
        f"{median(_loads(runs, 'p50')):.2f}",
        f"{median(_loads(runs, 'p99')):.1f}",
        f"{_errors(runs)}",
        *(f"{median(run[what] for run in runs):.1f}" for what in ("worker", "whole")),
        f"{median(run['start'] for run in runs):.3f}",
    )


def _loads(runs: Sequence[Found], what: str) -> list[float]:
    return [run["load"][what] for run in runs]


def _errors(runs: Sequence[Found]) -> int:
    return sum(_loads(runs, "socket_errors")) + sum(_loads(runs, "status_errors"))


def _ours_first(server: tuple[str, object]) -> bool:
    return server[0] != OURS


BENCH = Bench(
    name="serve",
    rounds={"quick": 2, "full": 3},
    needs=("wrk",),
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
