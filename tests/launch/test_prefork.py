from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prefork import PAUSE

from tests.kit.supervised import until
from tests.launch.homes import LAUNCH

if TYPE_CHECKING:
    from collections.abc import Iterator

# `work` is what the test says; each worker notes that it was born, and in WAIT that it has told that it can answer.
SCRIPT = """\
import os, signal, sys, time
from pathlib import Path
from prefork import Herd

place = Path(sys.argv[1])


def note(name, text):
    with (place / name).open("a") as file:
        file.write(f"{{text}}\\n")


def wait():
    # Python would miss a signal that comes just before one long sleep.
    while True:
        time.sleep(0.05)


def work(tell):
    note("born", os.getpid())
    {work}


class Untimely(os.PathLike):
    looks = 0

    def __fspath__(self):
        self.looks += 1
        if self.looks > 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return str(place / "reload")


sys.exit(Herd(work, {count}, 0.3, {reload_file}).run())
"""
WAIT = "tell(); note('told', os.getpid()); wait()"
RELOAD_FILE = "str(place / 'reload')"


class Herd:
    def __init__(self, place: Path, work: str, count: int, reload_file: str) -> None:
        self.place = place
        (place / "herd.py").write_text(SCRIPT.format(work=work, count=count, reload_file=reload_file))
        self.process = subprocess.Popen(
            (sys.executable, place / "herd.py", place),
            env={"PYTHONPATH": str(LAUNCH), "PYTHONDONTWRITEBYTECODE": "1"},
            stderr=subprocess.PIPE,
        )

    def noted(self, name: str) -> list[str]:
        path = self.place / name
        return path.read_text().split() if path.exists() else []

    def until_noted(self, name: str, count: int) -> None:
        until(lambda: len(self.noted(name)) >= count, lambda: str(self.noted(name)))

    def born(self) -> list[int]:
        return [int(pid) for pid in self.noted("born")]

    def until_born(self, count: int) -> None:
        self.until_noted("born", count)

    def ended(self) -> int:
        return self.process.wait(30)

    def said(self) -> str:
        assert self.process.stderr
        return self.process.stderr.read().decode()


class Herds:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.all: list[Herd] = []

    def start(self, work: str, count: int = 2, reload_file: str = RELOAD_FILE) -> Herd:
        self.all.append(Herd(self.place, work, count, reload_file))
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


def test_it_ends_though_it_is_told_to_while_it_looks_what_it_was_told(herds: Herds) -> None:
    herd = herds.start(WAIT, reload_file="Untimely()")

    assert 0 == herd.ended()


def test_it_ends_while_its_workers_begin(herds: Herds) -> None:
    herd = herds.start("wait()")
    herd.until_born(1)

    herd.process.terminate()

    assert 0 == herd.ended()


def test_a_worker_that_will_not_end_is_killed(herds: Herds) -> None:
    herd = herds.start(f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}")
    herd.until_noted("told", 2)

    herd.process.terminate()

    assert 0 == herd.ended()


def test_when_none_can_begin_it_ends_with_the_code_of_the_first(herds: Herds) -> None:
    herd = herds.start("sys.exit(7)", 1)

    assert 7 == herd.ended()
    assert "ended with 7 before it could answer anything" in herd.said()


def test_workers_that_end_again_and_again_are_begun_with_a_pause(herds: Herds) -> None:
    herd = herds.start("note('times', time.monotonic()); tell(); time.sleep(0.1)", 1)
    herd.until_noted("times", 4)

    first, *_, fourth = map(float, herd.noted("times")[:4])
    # Of three pauses: whoever a busy machine holds up for as long as one has no need of it.
    assert fourth - first > 2 * PAUSE
    assert herd.process.poll() is None


def test_a_worker_that_cannot_begin_beside_another_is_tried_again(herds: Herds) -> None:
    herd = herds.start(f"(place / 'lame').exists() and sys.exit(note('limped', 'so') or 3); {WAIT}")
    herd.until_noted("told", 2)
    (herd.place / "lame").touch()
    os.kill(herd.born()[0], signal.SIGKILL)
    herd.until_noted("limped", 1)

    (herd.place / "lame").unlink()
    herd.until_born(4)

    herd.process.terminate()
    assert 0 == herd.ended()
    assert "ended with 3 before it could answer anything; it is tried again" in herd.said()


def test_a_reload_replaces_each_worker_once(herds: Herds) -> None:
    herd = herds.start(WAIT)
    herd.until_noted("told", 2)

    herd.process.send_signal(signal.SIGHUP)
    herd.until_born(4)

    old, new = herd.born()[:2], herd.born()[2:]
    until(lambda: not any(alive(pid) for pid in old), herd.said)
    assert [True, True] == [alive(pid) for pid in new]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
