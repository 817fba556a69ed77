"""The guard, as a program; what it watches over is shells."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.world.run import GUARD

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 60
SOON = 0.2


class Watched:
    """A guard over one line of shell that says when it is ready."""

    def __init__(self, line: str, patience: float = LONG) -> None:
        words = (sys.executable, "-I", "-S", str(GUARD), str(patience), "/bin/sh", "-c", line)
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def hears(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def order(self) -> None:
        assert self.process.stdin
        self.process.stdin.write(".")
        self.process.stdin.flush()

    def ends(self) -> int:
        return self.process.wait(LONG)


@pytest.fixture
def watched() -> Iterator[type[Watched]]:
    started: list[Watched] = []

    class Kept(Watched):
        def __init__(self, line: str, patience: float = LONG) -> None:
            super().__init__(line, patience)
            started.append(self)

    yield Kept
    for each in started:
        each.process.kill()
        each.process.communicate()


def alive(process: str) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def wait_for_end_of(process: str) -> None:
    deadline = time.monotonic() + LONG
    while alive(process):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_exit_code_is_passed_on(watched: type[Watched]) -> None:
    assert 7 == watched("exit 7").ends()
    assert 128 + 9 == watched("kill -9 $$").ends()


def test_a_program_that_is_not_there() -> None:
    words = (sys.executable, "-I", "-S", GUARD, str(LONG), "/no/such/program")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        complaint = process.stderr.read()

    assert (127, "/no/such/program can't be started: No such file or directory\n") == (process.returncode, complaint)


def test_one_order_lets_it_end_in_its_own_way(watched: type[Watched]) -> None:
    guard = watched("trap 'echo last words; exit 5' TERM; echo ready; while :; do sleep 0.01; done")

    assert "ready" == guard.hears()
    guard.order()

    assert ("last words", 5) == (guard.hears(), guard.ends())


def test_a_second_order_does_not_wait(watched: type[Watched]) -> None:
    guard = watched("trap '' TERM; echo ready; while :; do sleep 0.01; done")

    assert "ready" == guard.hears()
    guard.order()
    guard.order()

    assert 128 + 9 == guard.ends()


def test_what_does_not_end_in_time_is_killed(watched: type[Watched]) -> None:
    guard = watched("trap '' TERM; echo ready; while :; do sleep 0.01; done", SOON)

    assert "ready" == guard.hears()
    guard.order()

    assert 128 + 9 == guard.ends()


def test_what_a_program_leaves_running_ends_with_it(watched: type[Watched]) -> None:
    guard = watched("setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 60' & sleep 60 & sleep 0.1", SOON)
    left = guard.hears()

    assert (0, False) == (guard.ends(), alive(left))


def test_the_end_of_the_pipe_is_an_order(watched: type[Watched]) -> None:
    guard = watched("echo ready; exec sleep 60")

    assert "ready" == guard.hears()
    assert guard.process.stdin
    guard.process.stdin.close()
    guard.process.stdin = None

    assert 128 + signal.SIGTERM == guard.ends()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_to_the_guard_are_orders(watched: type[Watched], number: signal.Signals) -> None:
    guard = watched("echo ready; exec sleep 60")

    assert "ready" == guard.hears()
    guard.process.send_signal(number)

    assert 128 + signal.SIGTERM == guard.ends()


def test_a_guard_that_is_killed_takes_its_program_along(watched: type[Watched]) -> None:
    guard = watched("echo $$; exec sleep 60")
    program = guard.hears()

    os.kill(guard.process.pid, signal.SIGKILL)

    wait_for_end_of(program)
