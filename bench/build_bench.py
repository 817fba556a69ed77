"""How fast builds are, beside plain uv and plain pip."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from build_contestants import CONTESTANTS, SCENES, Tampu
from commands import done, timed
from frame import Bench, turns
from judge import Panel, Verdict
from tables import SPREAD, rows, side_by_side, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from build_contestants import Contestant
    from build_stage import Stage
    from frame import Found, How
    from workshop import Workshop

Seconds = dict[str, dict[str, list[float]]]
WORDS = {
    "cold": "cold: no package is cached; tools and interpreter are there",
    "nothing changed": "nothing changed",
    "one added": "one package added, not cached",
    "one removed": "one package removed",
    "failing": "failing: the last package of the list is unknown",
    "from nothing": "from nothing: tools, interpreter and packages",
}


@dataclass(slots=True)
class Rounds:
    stage: Stage
    place: Path
    how: How
    seconds: Seconds = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    sockets: list[int] = field(default_factory=list)

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        return cls(workshop.stage, workshop.place("build"), how)

    def run(self, number: int) -> None:
        round_place = self.place / str(number)
        for scene in SCENES[self.how]:
            for contestant in turns(CONTESTANTS[self.how], number):
                self._play(scene, contestant, round_place / contestant.name.replace(" ", "-"))
        if self.how == "full":
            self._copy_and_count(round_place / Tampu().name)
            self._from_nothing(round_place)
        shutil.rmtree(round_place)

    def found(self) -> Found:
        return {
            "versions": self._versions(),
            "seconds": self.seconds,
            "sockets of a build where nothing changed": self.sockets,
        }

    def _play(self, scene: str, contestant: Contestant, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        contestant.prepare(scene, place, self.stage)
        commands = contestant.commands(scene, place, self.stage)
        taken = timed(commands, contestant.environ(place, self.stage), fails=scene == "failing")
        self.seconds[scene][contestant.name].append(taken)
        print(f"  {scene}: {contestant.name}: {taken:.2f} s", flush=True)

    def _copy_and_count(self, place: Path) -> None:
        """Beside a build where nothing changed: a copy of its result by links, and the same build under strace."""
        tampu, same = Tampu(), "nothing changed"
        tampu.prepare(same, place, self.stage)
        (command,), environ = tampu.commands(same, place, self.stage), tampu.environ(place, self.stage)
        done(command, environ)
        copy = ("cp", "-al", place / "app", place / "copy")
        self.seconds["copy of the result"]["cp -al"].append(timed((copy,), self.stage.environ))
        tampu.prepare(same, place, self.stage)
        trace = place / "sockets"
        done(("strace", "-f", "-qq", "-e", "trace=socket", "-o", trace, *command), environ)
        self.sockets.append(trace.read_text(encoding="utf-8").count("socket("))

    def _from_nothing(self, round_place: Path) -> None:
        """A platform's very first build: no tools, no Python, no packages."""
        self._play("from nothing", Tampu(), round_place / "nothing")

    def _versions(self) -> Mapping[str, str]:
        uv = done((self.stage.uv, "--version"), self.stage.environ).split()[1]
        pip = done((self.stage.python, self.stage.pip, "--version"), self.stage.environ).split()[1]
        return {"uv": uv, "pip": pip, "Python of the app": self.stage.python_version}


def panels(found: Found) -> tuple[Panel, ...]:
    return tuple(
        Panel(title=f"build, {scene}", samples=found["seconds"][scene]) for scene in WORDS if scene in found["seconds"]
    )


def judge(found: Found) -> Iterator[Verdict]:
    def took(scene: str, who: str = "tampu") -> float:
        return median(found["seconds"][scene][who])

    same, sockets = "nothing changed", found["sockets of a build where nothing changed"]
    copy, one_more = took("copy of the result", "cp -al"), 1.3 * took("one added", "uv") + 0.5
    yield Verdict(f"{same}: 1.5 times `cp -al` of the result, and 0.3 s", took(same), 1.5 * copy + 0.3)
    yield Verdict(f"{same}: no sockets", max(sockets), 0, "sockets")
    yield Verdict(
        "one added, in an environment that stays: 1.3 times `uv pip install` of that one, and 0.5 s",
        took("one added", "tampu in place"),
        one_more,
    )
    yield Verdict(
        "one added, in a new copy of the app: the same, and 1.5 times `cp -al`",
        took("one added"),
        one_more + 1.5 * copy,
    )
    for rival, words in {"uv": "", "uv --compile-bytecode": " and bytecode, as ours"}.items():
        limit = f"cold: 1.25 times uv with an empty cache{words}"
        yield Verdict(limit, took("cold"), 1.25 * took("cold", rival))


def tables(found: Found) -> Iterator[str]:
    yield f"{SPREAD} `cp -al` of the result takes {spread(found['seconds']['copy of the result']['cp -al'], 's')}.\n"
    yield from side_by_side(panels(found), {f"build, {scene}": text for scene, text in WORDS.items()})
    yield "\nHow many times as long tampu takes:\n"
    rivals = list(found["seconds"]["cold"])[1:]
    lines = [(each.title, *(_times(each, rival) for rival in rivals)) for each in panels(found) if each.rivals]
    yield from rows(("", *(f"tampu / {name}" for name in rivals)), lines)


def _times(panel: Panel, rival: str) -> str:
    return f"{1 / panel.times('tampu', rival):.2f}"


BENCH = Bench(
    name="build",
    rounds={"quick": 1, "full": 3},
    needs=("strace",),
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
