"""Daemons that start themselves anew, by their own hand or by that of a worker that they have forked."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import places, status, stop
from tampu.daemon.identity import State
from tests.kit.foxes import LIB, gone, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = """
import os, signal, subprocess, sys, threading, time
sys.path.insert(0, {lib!r})
from tampu import Daemon
daemon = Daemon("fox", pid_dir="run", catch_all_log="run")
how, ended = sys.argv[1], []
if how == "asked":
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
daemon.restart() if how == "restart" else daemon.start()
workers = [os.fork()] if how == "worker" else []
if how == "threads":
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
print("worker" if 0 in workers else "began", os.getpid(), os.getcwd(), flush=True)
order = {folder!r} + "/order"
while not ended:
    if os.path.exists(order) and (0 in workers or not workers):
        os.unlink(order)
        if how == "calls":
            subprocess.run([*sys.orig_argv[:-1], "restart"], cwd={folder!r})
        daemon.restart()
        print("after", flush=True)
    time.sleep(0.01)
print("ended in order", flush=True)
"""


class Fox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "program.py"
        self.write()
        (folder / "run").mkdir()
        self.place = places.place("fox", folder / "run")

    def write(self, before: str = "") -> None:
        self.program.write_text(before + PROGRAM.format(lib=str(LIB), folder=str(self.folder)))

    def start(self, how: str) -> int:
        """By a path that is right in its folder only."""
        words = (sys.executable, "-I", "-S", "program.py", how)
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)
        return self.another(0)

    def pid(self) -> int:
        return status.status(self.place).pid

    def log(self) -> str:
        return (self.folder / "run" / "fox.log").read_text()

    def order(self) -> None:
        (self.folder / "order").touch()

    def another(self, pid: int) -> int:
        """The one that has taken its place, once that is at work."""
        until(lambda: self.pid() not in {0, pid} and f"began {self.pid()} /\n" in self.log())
        return self.pid()

    def left(self) -> list[int]:
        """All that was ever started and still is there."""
        pids = [int(line.split()[1]) for line in self.log().splitlines() if line.startswith(("began", "worker"))]
        return [pid for pid in pids if not gone(pid)]


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Fox]:
    made = Fox(tmp_path)
    yield made
    stop.stop(made.place, 0)


@pytest.mark.parametrize(("how", "members"), [("plain", 1), ("threads", 1), ("worker", 2), ("calls", 1)])
def test_it_is_started_anew_as_often_as_it_likes(fox: Fox, how: str, members: int) -> None:
    first = fox.start(how)
    fox.order()
    second = fox.another(first)
    fox.order()
    third = fox.another(second)

    until(lambda: len(fox.left()) == members)
    assert 3 == len({first, second, third})
    assert third in fox.left()
    assert "after" not in fox.log()


def test_one_that_ends_in_order_when_it_is_asked_to_may_do_so(fox: Fox) -> None:
    first = fox.start("asked")
    fox.order()
    second = fox.another(first)

    assert [second] == fox.left()
    assert 1 == fox.log().count("ended in order")


def test_new_code_runs_then_and_broken_code_leaves_all_as_it_is(fox: Fox) -> None:
    first = fox.start("plain")
    fox.write("that is no Python\n")
    fox.order()
    until(lambda: "(daemon::not-anew)" in fox.log())
    assert [first] == fox.left()

    fox.write("print('anew', flush=True)\n")
    fox.order()
    fox.another(first)
    assert "SyntaxError" in fox.log()
    assert 1 == fox.log().count("anew\n")


def test_who_is_stopped_meanwhile_has_no_successor(fox: Fox) -> None:
    fox.start("plain")
    waits = "import os, time\nopen('waits', 'w').close()\nwhile os.path.exists('waits'):\n    time.sleep(0.01)\n"
    fox.write(waits + "open('goes on', 'w').write(str(os.getpid()))\n")
    fox.order()
    until((fox.folder / "waits").exists)
    stop.stop(fox.place)
    (fox.folder / "waits").unlink()

    until(lambda: (fox.folder / "goes on").exists() and (fox.folder / "goes on").read_text())
    until(lambda: gone(int((fox.folder / "goes on").read_text())))
    assert [] == fox.left()
    assert State.ABSENT is status.status(fox.place).state
