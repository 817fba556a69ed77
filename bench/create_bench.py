"""From an empty folder to the first page: tampu's own templates beside Django's `startproject` by uv."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from commands import done, free_port, stop
from frame import Bench, turns
from house import TAMPU, UV, lock_of, own_environ, pinned
from judge import Panel, Verdict
from tables import rows, spread
from workshop import install, make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from frame import Found, How
    from workshop import Workshop

PATIENCE = 300
TICK = 0.005
LIMITED = ("tampu create -t wsgi, tampu serve", "tampu create -t pyramid, tampu serve")
RIVAL = "uvx django-admin startproject, uv run manage.py runserver"
MOST = 3.0


@dataclass(frozen=True, slots=True)
class Way:
    """The words of the two commands; PORT is the port, and the second one runs in the project's folder."""

    create: tuple[str, ...]
    serve: tuple[str, ...]


def _ways() -> Mapping[str, Way]:
    def tampu(name: str, *serve: str) -> Way:
        return Way((str(TAMPU), "create", "--quiet", "--no-interactive", "-t", name, "shop"), (str(TAMPU), *serve))

    ini = ("serve", "development.ini", "--reload")
    # Nothing but what was installed by its hashes before: uv alone asks for none in these two commands.
    locked = ("--offline", "--with-requirements", str(lock_of("create")))
    django = f"django=={pinned('create', 'django')}"
    return {
        LIMITED[0]: tampu("wsgi", *ini),
        LIMITED[1]: tampu("pyramid", *ini),
        "tampu create -t flask, tampu up": tampu("flask", "up", "--port", "PORT"),
        "tampu create -t django, tampu up": tampu("django", "up", "--port", "PORT"),
        RIVAL: Way(
            (str(UV), "tool", "run", *locked, "--from", django, "django-admin", "startproject", "shop"),
            (str(UV), "run", "--no-project", *locked, "python", "manage.py", "runserver", "PORT"),
        ),
    }


class Rounds:
    """With caches of their own."""

    def __init__(self, work: Path, how: How) -> None:
        chosen = {"quick": (LIMITED[0], RIVAL), "full": tuple(_ways())}[how]
        self._work = work
        self._ways = {name: _ways()[name] for name in chosen}
        self._env = {**own_environ(), "XDG_CACHE_HOME": str(work / "caches"), "UV_CACHE_DIR": str(work / "caches/uv")}
        self._seconds: dict[str, list[float]] = {name: [] for name in self._ways}

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        rounds = cls(workshop.place("create"), how)
        make_environment(rounds._work / "filling", sys.executable)
        install(rounds._work / "filling", "create", environ=rounds._env)
        return rounds

    def run(self, number: int) -> None:
        for name in turns(tuple(self._ways), number):
            taken = self._page(name)
            print(f"  {name}: {taken:.2f} s", flush=True)
            if number >= 0:
                self._seconds[name].append(taken)

    def found(self) -> Found:
        return {"versions": {"django": pinned("create", "django")}, "seconds": self._seconds}

    def _page(self, name: str) -> float:
        way, folder = self._ways[name], self._work / "project"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        started = time.monotonic()
        done(way.create, self._env, folder=folder)
        # Not before: others might take it.
        port = free_port()
        config = folder / "shop" / "development.ini"
        if config.is_file():
            config.write_text(re.sub(r"(?m)^port = .*", f"port = {port}", config.read_text()))
        words = [word.replace("PORT", str(port)) for word in way.serve]
        with (self._work / "log").open("w") as log:
            process = subprocess.Popen(
                words, cwd=folder / "shop", env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait(process, port, started)
            return time.monotonic() - started
        finally:
            stop(process, signal.SIGINT)

    def _wait(self, process: subprocess.Popen[bytes], port: int, started: float) -> None:
        while not _answers(port):
            if process.poll() is not None or time.monotonic() - started > PATIENCE:
                raise SystemExit((self._work / "log").read_text())
            time.sleep(TICK)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            answer.read()
    except OSError:
        return False
    return True


def panels(found: Found) -> tuple[Panel, ...]:
    return (Panel(title="a new project's page", samples=found["seconds"]),)


def judge(found: Found) -> Iterator[Verdict]:
    for name in LIMITED:
        yield Verdict(name, median(found["seconds"][name]), MOST)


def tables(found: Found) -> Iterator[str]:
    lines = [(name, spread(taken, "s")) for name, taken in found["seconds"].items()]
    yield from rows(("two commands", "until the page is there"), lines)


BENCH = Bench(
    name="create",
    rounds={"quick": 1, "full": 5},
    uncounted=1,
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
