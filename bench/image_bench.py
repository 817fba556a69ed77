"""How large an image is and how soon made anew, beside a Containerfile."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from commands import timed
from frame import Bench, turns
from house import HOUSE
from image_contestants import CONTESTANTS, FIRST, LINE, REQUIREMENT, SAME, SCENES, Plain, Tampu, change, tag
from image_stage import PYTHON, SYSTEM, Stage
from judge import Panel, Verdict
from tables import SPREAD, rows, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from frame import Found, How
    from image_contestants import Contestant
    from workshop import Workshop

MEGABYTE = 1_000_000
WHOLE, PUSHED = "whole image", "pushed: {}"
OURS, PLAIN = Tampu().name, Plain().name
WORDS = {
    FIRST: "the first image",
    SAME: "nothing changed",
    LINE: "one line of the app changed",
    REQUIREMENT: "one requirement added",
}
SENT = "\nWhat a registry gets, in MB and compressed, if it has the system and what it got before:\n"


@dataclass(slots=True)
class Rounds:
    """`megabytes` are those of the last round: of what is the same in each."""

    stage: Stage
    how: How
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    megabytes: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        return cls(Stage.set_up(workshop), how)

    def run(self, number: int) -> None:
        place = self.stage.work / f"round-{number}"
        order = turns(CONTESTANTS, number)
        for contestant in order:
            leave_out = shutil.ignore_patterns(".tampu", "__pycache__")
            shutil.copytree(HOUSE / "examples" / "flask", self._place(place, contestant) / "flask", ignore=leave_out)
            contestant.prepare(self._place(place, contestant), self.stage)
        for scene in SCENES[self.how]:
            for contestant in order:
                self._play(scene, contestant, self._place(place, contestant))
        for contestant in order:
            self.stage.podman("image", "rm", "--force", tag(contestant))
        self.stage.podman("image", "prune", "--force")
        shutil.rmtree(place)

    def found(self) -> Found:
        podman = self.stage.podman("--version").rpartition(" ")[2]
        return {
            "versions": {"podman": podman, "Python of the app": self.stage.build.python_version},
            "seconds": self.seconds,
            "megabytes": self.megabytes,
            "bases": {"system": self._size(SYSTEM), "with Python and pip": self._size(PYTHON)},
        }

    def _play(self, scene: str, contestant: Contestant, place: Path) -> None:
        change(scene, place / "flask")
        command, environ = contestant.command(place, self.stage), contestant.environ(place, self.stage)
        taken = timed((command,), environ)
        self.seconds[scene][contestant.name].append(taken)
        print(f"  {scene}: {contestant.name}: {taken:.2f} s", flush=True)
        if scene == FIRST:
            self.megabytes[WHOLE][contestant.name] = self._size(tag(contestant))
        if self.how == "full":
            self.megabytes[PUSHED.format(scene)][contestant.name] = self._pushed(contestant, place / "registry")

    def _size(self, image: str) -> float:
        return int(self.stage.podman("image", "inspect", "--format={{.Size}}", image)) / MEGABYTE

    def _pushed(self, contestant: Contestant, registry: Path) -> float:
        """What it lacks of the image, compressed, when it has what was there before and the system."""
        before = _weight(registry)
        if not before:
            self.stage.podman("push", "--quiet", "--format=oci", SYSTEM, f"oci:{registry}:system")
            before = _weight(registry)
        self.stage.podman("push", "--quiet", "--format=oci", tag(contestant), f"oci:{registry}:app")
        return (_weight(registry) - before) / MEGABYTE

    @staticmethod
    def _place(place: Path, contestant: Contestant) -> Path:
        return place / contestant.name.replace(" ", "-")


def _weight(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def panels(found: Found) -> tuple[Panel, ...]:
    whole = {name: [size] for name, size in found["megabytes"][WHOLE].items()}
    return (*_times(found), Panel(title="image, its size", unit="MB", samples=whole))


def judge(found: Found) -> Iterator[Verdict]:
    def took(scene: str, who: str) -> float:
        return median(found["seconds"][scene][who])

    megabytes: Mapping[str, Mapping[str, float]] = found["megabytes"]
    yield Verdict(
        "the whole image: as that of the Containerfile", megabytes[WHOLE][OURS], megabytes[WHOLE][PLAIN], "MB"
    )
    yield Verdict("pushed after one line has changed: 1 MB", megabytes[PUSHED.format(LINE)][OURS], 1.0, "MB")
    yield Verdict("the first image: twice `podman build`", took(FIRST, OURS), 2 * took(FIRST, PLAIN))
    yield Verdict("one requirement added: as `podman build`", took(REQUIREMENT, OURS), took(REQUIREMENT, PLAIN))


def tables(found: Found) -> Iterator[str]:
    whole, system, names = found["megabytes"][WHOLE], found["bases"]["system"], (OURS, PLAIN)
    yield from rows(
        ("in MB", *names),
        [
            ("the whole image", *(f"{whole[name]:.1f}" for name in names)),
            ("without the system", *(f"{whole[name] - system:.1f}" for name in names)),
        ],
    )
    sent = {text: found["megabytes"][PUSHED.format(scene)] for scene, text in WORDS.items()}
    yield SENT
    yield from rows(("", *names), [(text, *(f"{each[name]:.2f}" for name in names)) for text, each in sent.items()])
    yield f"\n{SPREAD}\n"
    yield from side_by_side(_times(found), {f"image, {scene}": text for scene, text in WORDS.items()})


def _times(found: Found) -> tuple[Panel, ...]:
    return tuple(Panel(title=f"image, {scene}", samples=taken) for scene, taken in found["seconds"].items())


BENCH = Bench(
    name="image",
    rounds={"quick": 1, "full": 2},
    needs=("podman", "runc", "mmdebstrap"),
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
