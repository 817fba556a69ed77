"""Rounds of all scenes, contestants taking turns: what they took, how large it is and what a registry gets of it."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from image_contestants import CONTESTANTS, FIRST, SCENES, change, tag
from image_stage import PYTHON, SYSTEM, run
from stage import HOUSE

from tampu import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from image_contestants import Contestant
    from image_stage import Stage
    from judge import Verdict

MEGABYTE = 1_000_000
WHOLE, PUSHED = "whole image", "pushed: {}"


@dataclass(slots=True)
class Rounds:
    """`megabytes` are those of the last round: of what is the same in each."""

    stage: Stage
    rounds: int = 0
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    megabytes: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def run(self, number: int) -> None:
        self.rounds += 1
        place = self.stage.work / f"round-{number}"
        order = CONTESTANTS if number % 2 == 0 else CONTESTANTS[::-1]
        for contestant in order:
            leave_out = shutil.ignore_patterns(".tampu", "__pycache__")
            shutil.copytree(HOUSE / "examples" / "flask", self._place(place, contestant) / "flask", ignore=leave_out)
            contestant.prepare(self._place(place, contestant), self.stage)
        for scene in SCENES:
            for contestant in order:
                self._play(scene, contestant, self._place(place, contestant))
        for contestant in order:
            self.stage.podman("image", "rm", "--force", tag(contestant))
        self.stage.podman("image", "prune", "--force")
        shutil.rmtree(place)

    def as_json(self, verdicts: Iterable[Verdict]) -> dict[str, object]:
        podman = self.stage.podman("--version").rpartition(" ")[2]
        return {
            "when": datetime.now(tz=timezone.utc).date().isoformat(),
            "rounds": self.rounds,
            "versions": {"tampu": __version__, "podman": podman, "Python of the app": self.stage.build.python_version},
            "machine": f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} CPUs",
            "seconds": self.seconds,
            "megabytes": self.megabytes,
            "bases": {"system": self._size(SYSTEM), "with Python and pip": self._size(PYTHON)},
            "limits": [asdict(verdict) for verdict in verdicts],
        }

    def _play(self, scene: str, contestant: Contestant, place: Path) -> None:
        change(scene, place / "flask")
        command, environ = contestant.command(place, self.stage), contestant.environ(place, self.stage)
        started = time.perf_counter()
        run(command, environ)
        self.seconds[scene][contestant.name].append(time.perf_counter() - started)
        print(f"  {scene}: {contestant.name}: {self.seconds[scene][contestant.name][-1]:.2f} s", flush=True)
        if scene == FIRST:
            self.megabytes[WHOLE][contestant.name] = self._size(tag(contestant))
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
