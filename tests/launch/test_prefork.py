from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit.supervised import until
from tests.launch.homes import LAUNCH

if TYPE_CHECKING:
    from collections.abc import Iterator

# `work` is what the test says; each worker notes that it was born.
SCRIPT = """\
import os, signal, sys, time
from pathlib import Path
from prefork import Herd

place = Path(sys.argv[1])


def work(tell):
    with (place / "born").open("a") as file:
        file.write(f"{{os.getpid()}}\\n")
    {work}


sys.exit(Herd(work, {count}, 0.3, str(place / "reload")).run())
"""
WAIT = "tell(); time.sleep(600)"


class Herd:
    def __init__(self, place: Path, work: str, count: int) -> None:
        self.place = place
        (place / "herd.py").write_text(SCRIPT.format(work=work, count=count))
        self.process = subprocess.Popen(
            (sys.executable, place / "herd.py", place),
            env={"PYTHONPATH": str(LAUNCH), "PYTHONDONTWRITEBYTECODE": "1"},
            stderr=subprocess.PIPE,
        )

    def born(self) -> list[int]:
        path = self.place / "born"
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []

    def until_born(self, count: int) -> None:
        until(lambda: len(self.born()) >= count, lambda: str(self.born()))

    def ended(self) -> int:
        return self.process.wait(30)

    def said(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read().decode()


class Herds:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.all: list[Herd] = []

    def start(self, work: str, count: int = 2) -> Herd:
        self.all.append(Herd(self.place, work, count))
        return self.all[-1]


@pytest.fixture
def herds(tmp_path: Path) -> Iterator[Herds]:
    made = Herds(tmp_path)
    yield made
    for herd in made.all:
        herd.process.terminate()
        herd.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT], ids=lambda number: number.name)
def test_it_ends_with_all_its_workers(herds: Herds, number: signal.Signals) -> None:
    herd = herds.start(WAIT, 3)
    herd.until_born(3)

    herd.process.send_signal(number)

    assert (0, "") == (herd.ended(), herd.said())
    assert [] == [pid for pid in herd.born() if alive(pid)]


def test_it_ends_while_its_workers_begin(herds: Herds) -> None:
    herd = herds.start("time.sleep(600)")
    herd.until_born(1)

    herd.process.terminate()

    assert 0 == herd.ended()


def test_a_worker_that_will_not_end_is_killed(herds: Herds) -> None:
    herd = herds.start(f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}")
    herd.until_born(2)
    time.sleep(0.2)

    herd.process.terminate()

    assert 0 == herd.ended()


def test_when_none_can_begin_it_ends_with_the_code_of_the_first(herds: Herds) -> None:
    herd = herds.start("sys.exit(7)", 1)

    assert 7 == herd.ended()
    assert "ended with 7 before it could answer anything" in herd.said()


def test_workers_that_end_again_and_again_are_begun_with_a_pause(herds: Herds) -> None:
    herd = herds.start("tell(); time.sleep(0.1)", 1)
    herd.until_born(3)
    pace = len(herd.born())
    time.sleep(0.5)

    assert len(herd.born()) - pace <= 1
    assert herd.process.poll() is None


def test_a_worker_that_cannot_begin_beside_another_is_tried_again(herds: Herds) -> None:
    herd = herds.start(f"(place / 'lame').exists() and sys.exit(3); {WAIT}")
    herd.until_born(2)
    time.sleep(0.2)
    (herd.place / "lame").touch()
    os.kill(herd.born()[0], signal.SIGKILL)
    herd.until_born(3)

    (herd.place / "lame").unlink()
    herd.until_born(4)

    herd.process.terminate()
    assert 0 == herd.ended()
    assert "ended with 3 before it could answer anything; it is tried again" in herd.said()


def test_a_reload_replaces_each_worker_once(herds: Herds) -> None:
    herd = herds.start(WAIT)
    herd.until_born(2)
    time.sleep(0.2)

    herd.process.send_signal(signal.SIGHUP)
    herd.until_born(4)

    old, new = herd.born()[:2], herd.born()[2:]
    until(lambda: not any(alive(pid) for pid in old), herd.said)
    assert [True, True] == [alive(pid) for pid in new]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
