"""An app whose environment is made as a build makes it, with real installers and packages that tests made."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tampu.build.engine import carry_out_one
from tampu.build.model import Layer, Target
from tampu.build.steps.environment import Wanted, environment
from tampu.facts.environment import Environment
from tampu.facts.packages import packages
from tampu.facts.tree import Tree
from tampu.world import World, files
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Command, Processes

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.envs.tools import Tools
    from tampu.facts.requirements import Packages

BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Counted(Processes):
    """The runner of real life, which remembers what it ran."""

    def __init__(self, console: PlainConsole) -> None:
        super().__init__(console)
        self.ran: list[Command] = []

    def run(self, command: Command) -> None:
        self.ran.append(command)
        super().run(command)


@dataclass(kw_only=True)
class Workplace:
    place: Path
    tools: Tools
    python: str
    settings: dict[str, str]
    platform: str = ""
    installer: str = "uv"
    out: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.app.mkdir(parents=True)
        self.say = PlainConsole(out=self.out, err=self.out)
        self.run = Counted(self.say)
        self.cache = Cache(self.place / "cache")

    @property
    def app(self) -> Path:
        return self.place / "app"

    @property
    def layers(self) -> Path:
        return self.app / ".tampu"

    @property
    def library(self) -> Path:
        return self.layers / "site" / "lib" / f"python{self.minor}" / "site-packages"

    @property
    def minor(self) -> str:
        return self.python.rpartition(".")[0]

    @property
    def environ(self) -> dict[str, str]:
        return {**BARE, "HOME": str(self.place), **self.settings}

    @property
    def world(self) -> World:
        return World(
            run=self.run,
            fetch=Downloads(environ={}, say=self.say),
            cache=self.cache,
            say=self.say,
            environ=self.environ,
        )

    def write(self, name: str, text: str) -> None:
        (self.app / name).parent.mkdir(parents=True, exist_ok=True)
        (self.app / name).write_text(text, encoding="utf-8")

    def packages(self) -> Packages:
        return packages(Tree(self.app), Environment(python=self.python, machine=os.uname().machine), None)

    def install(self, *lines: str) -> Layer:
        """What a build does when the app's requirements.txt has these lines."""
        self.write("requirements.txt", "".join(f"{line}\n" for line in lines))
        return self.install_all(self.packages())

    def install_all(self, needed: Packages) -> Layer:
        wanted = Wanted(
            packages=needed,
            groups=(),
            platform=self.platform,
            python=self.python,
            installer=self.installer,
            tools=self.tools,
            settings=self.environ,
            ground={"Python": self.python, "runtime": "of tests", "CPU": "any", "stack": ""},
        )
        return carry_out_one(environment(wanted), Target(app=self.app, layers=self.layers), self.world)

    def installed(self) -> list[str]:
        return sorted(info.name.removesuffix(".dist-info") for info in self.library.glob("*.dist-info"))

    def ask(self, *words: str | Path, place: Path | None = None) -> str:
        """What a command of the app answers, wherever the app is."""
        layers = (place or self.app) / ".tampu"
        program = layers / ("python" if words[0] == "python3" else "site") / "bin" / words[0]
        argv = (program, *words[1:])
        ended = subprocess.run(argv, check=False, capture_output=True, cwd="/", env=BARE, text=True)
        assert (0, "") == (ended.returncode, ended.stderr)
        return ended.stdout.strip()

    def moved(self) -> Path:
        """Where the app went, all of it."""
        place = self.place / "somewhere" / "else"
        place.parent.mkdir()
        shutil.move(self.app, place)
        return place

    def lay(self, python: Path) -> None:
        """Put a `python` layer into its place."""
        files.graft(python, self.layers / "python")

    @property
    def said(self) -> str:
        return self.out.getvalue()
