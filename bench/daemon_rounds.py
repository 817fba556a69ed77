"""Rounds of starts, starts at once, deaths and stops, and what was left of each."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from judge import Verdict

from tampu import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daemon_contestants import Contestant

AT_ONCE = 8
PATIENCE = 10.0
SETTLE = 0.5


class Rounds:
    def __init__(self, work: Path, contestants: Sequence[Contestant]) -> None:
        self._work = work
        self._contestants = contestants
        self._seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._wrong: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._rounds = 0

    def run(self, number: int) -> None:
        turn = number % len(self._contestants)
        self._bare()
        for each in (*self._contestants[turn:], *self._contestants[:turn]):
            for scene in (self._one, self._at_once, self._killed):
                place = self._work / str(number) / each.name.replace(" ", "-").replace(",", "") / scene.__name__
                each.prepare(place)
                try:
                    scene(each, place)
                finally:
                    each.leave(place)
                    _sweep(place)
        self._rounds += 1

    def as_json(self) -> dict[str, object]:
        names = [each.name for each in self._contestants]
        return {
            "when": datetime.now(tz=timezone.utc).date().isoformat(),
            "rounds": self._rounds,
            "versions": {"tampu": __version__, "Python": platform.python_version()},
            "machine": f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} CPUs",
            "seconds": self._seconds,
            "wrong": {name: dict(self._wrong[name]) for name in names},
            "limits": [asdict(verdict) for verdict in self._judge()],
        }

    def _judge(self) -> list[Verdict]:
        bare = median(self._seconds["bare"]["python"])
        own = [name for name in (each.name for each in self._contestants) if name.startswith("tampu")]
        wrong = sum(sum(self._wrong[name].values()) for name in own)
        ready = median(self._seconds["started"][own[0]])
        return [
            Verdict("the class, ready: the start of a bare interpreter, and 15 ms", ready, bare + 0.015),
            Verdict("two copies, none at all, or processes left behind", wrong, 0, "times"),
        ]

    def _bare(self) -> None:
        for _ in range(3):
            self._seconds["bare"]["python"].append(_timed((sys.executable, "-c", "pass")))

    def _one(self, each: Contestant, place: Path) -> None:
        self._seconds["started"][each.name].append(_timed(each.command("start", place)))
        _until_one(place)
        self._seconds["stopped"][each.name].append(_timed(each.command("stop", place)))
        # Who doesn't wait may still be right in a moment.
        time.sleep(SETTLE)
        self._wrong[each.name]["left after a stop"] += bool(_alive(place))

    def _at_once(self, each: Contestant, place: Path) -> None:
        starters = [_start(each.command("start", place)) for _ in range(AT_ONCE)]
        for starter in starters:
            starter.wait()
        _until_one(place)
        time.sleep(SETTLE)
        self._wrong[each.name]["not one after eight starts at once"] += len(_workers(place)) != 1

    def _killed(self, each: Contestant, place: Path) -> None:
        _timed(each.command("start", place))
        _until_one(place)
        for worker in _workers(place):
            os.kill(worker, signal.SIGKILL)
        # supervisor brings it back by itself.
        time.sleep(SETTLE)
        _timed(each.command("start", place))
        time.sleep(SETTLE)
        _until_one(place, SETTLE)
        self._wrong[each.name]["not one after a death and a start"] += len(_workers(place)) != 1


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _timed(command: Sequence[str]) -> float:
    started = time.perf_counter()
    _start(command).wait()
    return time.perf_counter() - started


def _until_one(place: Path, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not _workers(place) and time.monotonic() < deadline:
        time.sleep(0.005)


def _lines(place: Path) -> list[list[int]]:
    with suppress(FileNotFoundError):
        return [[int(word) for word in line.split()] for line in (place / "started").read_text().splitlines()]
    return []


def _workers(place: Path) -> list[int]:
    return [line[0] for line in _lines(place) if _runs(line[0])]


def _alive(place: Path) -> list[int]:
    return [pid for line in _lines(place) for pid in line if _runs(pid)]


def _runs(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    return False


def _sweep(place: Path) -> None:
    for pid in _alive(place):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
