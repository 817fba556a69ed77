"""How daemons are started and stopped, beside start-stop-daemon, python-daemon, daemonocle and supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from daemon_contestants import QUICK, contestants, environment
from frame import Bench, chosen, turns
from house import versions
from judge import Panel, Verdict
from tables import rows, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daemon_contestants import Contestant
    from frame import Found, How
    from workshop import Workshop

RIVALS = ("python-daemon", "daemonocle", "supervisor")
AT_ONCE = 8
PAIRS = 10
PATIENCE = 10.0
SETTLE = 0.5
THE_CLASS = "tampu, the class"
WRONG = ("not one after eight starts at once", "not one after a death and a start", "left after a stop")


class Rounds:
    def __init__(self, work: Path, python: str, how: How) -> None:
        self._work = work
        self._python = python
        self._contestants = chosen(contestants(python), how, QUICK)
        self._scenes = {"quick": (self._one,), "full": (self._one, self._at_once, self._killed)}[how]
        self._seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._wrong: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        return cls(workshop.place("daemon"), environment(workshop), how)

    def run(self, number: int) -> None:
        self._beside_bare(self._contestants[0], self._work / str(number) / "pairs")
        for each in turns(self._contestants, number):
            for scene in self._scenes:
                place = self._work / str(number) / each.name.replace(" ", "-").replace(",", "") / scene.__name__
                each.prepare(place)
                try:
                    scene(each, place)
                finally:
                    each.leave(place)
                    _sweep(place)

    def found(self) -> Found:
        names = [each.name for each in self._contestants]
        return {
            "versions": versions(Path(self._python).parents[1], RIVALS),
            "seconds": self._seconds,
            "wrong": {name: dict(self._wrong[name]) for name in names},
        }

    def _beside_bare(self, each: Contestant, places: Path) -> None:
        """What the start of an interpreter takes, and of the class, in turns: a machine is never the same for long."""
        for number in range(PAIRS):
            place = places / str(number)
            each.prepare(place)
            self._seconds["bare"]["python"].append(_timed((self._python, "-c", "pass")))
            self._seconds["started"][each.name].append(_timed(each.command("start", place)))
            _until_one(place)
            _sweep(place)

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


def panels(found: Found) -> tuple[Panel, ...]:
    return tuple(Panel(title=f"a daemon {what}", samples=_in_order(found, what)) for what in ("started", "stopped"))


def judge(found: Found) -> Iterator[Verdict]:
    seconds = found["seconds"]
    ready, bare = median(seconds["started"][THE_CLASS]), median(seconds["bare"]["python"])
    yield Verdict("the class, ready: the start of a bare interpreter, and 15 ms", ready, bare + 0.015)
    wrong = sum(sum(counts.values()) for name, counts in found["wrong"].items() if name.startswith("tampu"))
    yield Verdict("two copies, none at all, or processes left behind", wrong, 0, "times")


def tables(found: Found) -> Iterator[str]:
    seconds, wrong = found["seconds"], found["wrong"]
    of = f"of {found['rounds']} rounds: "
    taken = {name: [spread(seconds[scene][name], "s") for scene in ("started", "stopped")] for name in wrong}
    lines = [(name, *taken[name], *(str(wrong[name][kind]) for kind in WRONG)) for name in wrong]
    bare = ("a bare `python -c pass`", spread(seconds["bare"]["python"], "s"), *[""] * (1 + len(WRONG)))
    yield from rows(("", "started", "stopped", *(f"{of}{kind}" for kind in WRONG)), [*lines, bare])


def _in_order(found: Found, what: str) -> dict[str, list[float]]:
    return {name: found["seconds"][what][name] for name in found["wrong"]}


BENCH = Bench(
    name="daemon",
    rounds={"quick": 3, "full": 5},
    needs=("start-stop-daemon",),
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
