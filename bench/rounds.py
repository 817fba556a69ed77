"""Rounds of all scenes, contestants taking turns, and what they took."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from contestants import SCENES, Tampu

from tampu import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from contestants import Contestant
    from judge import Verdict
    from stage import Stage

DETECTS = 10
Seconds = dict[str, dict[str, list[float]]]


@dataclass(slots=True)
class Rounds:
    stage: Stage
    contestants: Sequence[Contestant]
    seconds: Seconds = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    sockets: list[int] = field(default_factory=list)

    def run(self, number: int) -> None:
        turn = number % len(self.contestants)
        order = (*self.contestants[turn:], *self.contestants[:turn])
        round_place = self.stage.work / f"round-{number}"
        for scene in SCENES:
            for contestant in order:
                place = round_place / contestant.name.replace(" ", "-")
                self._play(scene, contestant, place)
                if scene == "nothing changed" and contestant == Tampu():
                    self._copy_and_count(contestant, place)
        self._from_nothing(round_place)
        self._detect()
        shutil.rmtree(round_place)

    def as_json(self, verdicts: Iterable[Verdict]) -> dict[str, object]:
        return {
            "when": datetime.now(tz=timezone.utc).date().isoformat(),
            "rounds": len(self.sockets),
            "versions": self._versions(),
            "machine": f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} CPUs",
            "seconds": self.seconds,
            "sockets of a build where nothing changed": self.sockets,
            "limits": [asdict(verdict) for verdict in verdicts],
        }

    def _play(self, scene: str, contestant: Contestant, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        contestant.prepare(scene, place, self.stage)
        environ = contestant.environ(place, self.stage)
        commands = contestant.commands(scene, place, self.stage)
        self.seconds[scene][contestant.name].append(_timed(commands, environ, fails=scene == "failing"))
        print(f"  {scene}: {contestant.name}: {self.seconds[scene][contestant.name][-1]:.2f} s", flush=True)

    def _copy_and_count(self, tampu: Contestant, place: Path) -> None:
        """Beside a build where nothing changed: a copy of its result by links, and the same build under strace."""
        copy = ("cp", "-al", str(place / "app"), str(place / "copy"))
        self.seconds["copy of the result"]["cp -al"].append(_timed((copy,), self.stage.environ))
        tampu.prepare("nothing changed", place, self.stage)
        trace = place / "sockets"
        (command,) = tampu.commands("nothing changed", place, self.stage)
        traced = ("strace", "-f", "-qq", "-e", "trace=socket", "-o", str(trace), *command)
        _timed((traced,), tampu.environ(place, self.stage))
        self.sockets.append(trace.read_text(encoding="utf-8").count("socket("))

    def _from_nothing(self, round_place: Path) -> None:
        """A platform's very first build: no tools, no Python, no packages."""
        tampu, place = Tampu(), round_place / "nothing"
        tampu.prepare("from nothing", place, self.stage)
        commands = tampu.commands("from nothing", place, self.stage)
        self.seconds["from nothing"][tampu.name].append(_timed(commands, tampu.environ(place, self.stage)))

    def _detect(self) -> None:
        detect = (str(self.stage.house / "bin" / "detect"), str(self.stage.house / "examples" / "flask"))
        start = ("python3", "-I", "-S", "-c", "pass")
        for _ in range(DETECTS):
            self.seconds["detect"]["bin/detect"].append(_timed((detect,), self.stage.environ))
            self.seconds["detect"]["python3 -I -S -c pass"].append(_timed((start,), self.stage.environ))

    def _versions(self) -> Mapping[str, str]:
        uv = _answer((str(self.stage.uv), "--version")).split()[1]
        pip = _answer((str(self.stage.python), str(self.stage.pip), "--version")).split()[1]
        return {
            "tampu": __version__,
            "uv": uv,
            "pip": pip,
            "Python of the app": self.stage.python_version,
            "Python that runs tampu": platform.python_version(),
        }


def _timed(commands: Iterable[tuple[str, ...]], environ: Mapping[str, str], *, fails: bool = False) -> float:
    started = time.perf_counter()
    done = [
        subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
        for command in commands
    ]
    seconds = time.perf_counter() - started
    odd = [each for each in done if (each.returncode != 0) != fails]
    if odd:
        sys.exit(f"{' '.join(odd[0].args)} ended with {odd[0].returncode}:\n{odd[0].stdout}")
    return seconds


def _answer(command: tuple[str, ...]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
