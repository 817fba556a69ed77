"""How fast a saved file is served, beside gunicorn, granian, uvicorn, flask, django and pserve."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from frame import Bench, chosen, turns
from house import versions
from judge import Panel, Verdict
from reload_contestants import OURS, QUICK, contestants
from reload_scene import PATIENCE, Scene
from tables import rows, spread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from frame import Found, How
    from reload_contestants import Contestant
    from workshop import Workshop

SAVES = 3
RENAMED = 3
PAUSE = 0.4
FOLDERS, IN_EACH = 100, 50
IDLE = 5.0
LONGEST_GAP = 0.25
KINDS = ("hello", "heavy")
# Ours must never fail; of the others some tries tell enough.
DOUBLES, RELOADS, OTHERS = 1000, 100, 5
RIVALS = ("django", "fastapi", "flask", "granian", "gunicorn", "hupper", "pyramid", "uvicorn", "watchfiles")


class Rounds:
    def __init__(self, work: Path, env: Path, how: How) -> None:
        self._work = work
        self._env = env
        self._contestants = chosen(contestants(str(env / "bin" / "python")), how, QUICK)
        self._how = how
        self._seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._lost: dict[str, list[int]] = {}
        self._refused: dict[str, list[int]] = {}
        self._idle: dict[str, float] = {}
        # The same gaps in each run.
        self._gaps = random.Random(0)  # noqa: S311 - no secret

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        return cls(workshop.place("reload"), workshop.environment("reload"), how)

    def run(self, number: int) -> None:
        for each in turns(self._contestants, number):
            for kind in KINDS[-1:] if self._how == "quick" else KINDS:
                with Scene(each, self._work / kind / f"{number}-{each.name}", heavy=kind == "heavy") as scene:
                    self._seconds[kind][each.name] += self._saves(scene)
                    print(f"  {kind}: {each.name}", flush=True)

    def found(self) -> Found:
        if self._how == "full":
            for each in self._contestants:
                self._once(each)
        return {
            "versions": versions(self._env, RIVALS),
            "seconds": self._seconds,
            "lost": self._lost,
            "refused": self._refused,
            "idle": self._idle,
        }

    def _once(self, each: Contestant) -> None:
        print(f"  double saves, load and idleness: {each.name}", flush=True)
        ours = each.name == OURS
        with Scene(each, self._work / "doubles" / each.name) as scene:
            count = DOUBLES if ours else OTHERS
            self._lost[each.name] = [count, sum(self._double(scene, number) for number in range(count))]
        with Scene(each, self._work / "load" / each.name) as scene:
            count = RELOADS if ours else OTHERS
            self._refused[each.name] = [count, *scene.refused_while(count)]
        place = self._work / "many" / each.name
        _fill(place)
        with Scene(each, place) as scene:
            self._idle[each.name] = scene.idle(IDLE)

    def _saves(self, scene: Scene) -> list[float]:
        taken = []
        for number in range(SAVES):
            time.sleep(PAUSE)
            scene.save(renamed=not number % RENAMED)
            taken.append(scene.until_new() or PATIENCE)
        return taken

    def _double(self, scene: Scene, number: int) -> bool:
        """Every other time at once, else soon after the answer to the first one."""
        scene.save()
        if number % 2:
            scene.until_new()
            time.sleep(self._gaps.uniform(0, LONGEST_GAP))
        scene.save()
        return scene.until_new() is None or not scene.is_new()


def _fill(place: Path) -> None:
    for folder in range(FOLDERS):
        package = place / f"package_{folder:03}"
        package.mkdir(parents=True)
        for number in range(IN_EACH):
            (package / f"module_{number:02}.py").write_text(f"NUMBER = {number}\n", encoding="utf-8")


def panels(found: Found) -> tuple[Panel, ...]:
    return tuple(Panel(title=f"a save is served, {kind}", samples=taken) for kind, taken in found["seconds"].items())


def judge(found: Found) -> Iterator[Verdict]:
    hello, heavy = found["seconds"]["hello"], found["seconds"]["heavy"]
    (doubles, lost), (reloads, _, refused) = found["lost"][OURS], found["refused"][OURS]
    yield Verdict(
        "hello, from a save to the new answer: half of the best other one",
        median(hello[OURS]),
        min(median(taken) for name, taken in hello.items() if name != OURS) / 2,
    )
    yield Verdict(
        "an app that imports flask, django, fastapi and pyramid: a tenth of the best other one",
        median(heavy[OURS]),
        min(median(taken) for name, taken in heavy.items() if name != OURS) / 10,
    )
    yield Verdict(f"lost or stale of {doubles} double saves", lost, 0, "saves")
    yield Verdict(f"no answer while it reloads {reloads} times", refused, 0, "times")
    idle = min(share for name, share in found["idle"].items() if name != OURS)
    yield Verdict(
        "idle beside 5,000 files: no more than the best other one", 100 * found["idle"][OURS], 100 * idle, "%"
    )


def tables(found: Found) -> Iterator[str]:
    lines = [
        (
            name,
            *(spread(found["seconds"][kind][name], "s") for kind in KINDS),
            "{1} of {0}".format(*found["lost"][name]),
            "{2} of {1} in {0} reloads".format(*found["refused"][name]),
            f"{100 * idle:.2f} %",
        )
        for name, idle in found["idle"].items()
    ]
    yield from rows(("", *KINDS, "lost or stale", "no answer", "idle"), lines)


BENCH = Bench(
    name="reload",
    rounds={"quick": 1, "full": 2},
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
