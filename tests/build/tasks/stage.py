"""An app about to be touched by a task, and what the task says and runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING

from tampu.build.model import EnvVar, Mode, Target
from tampu.facts.tree import Tree
from tampu.values import replace
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.build.model import Task
    from tampu.world.run import Runner

CHANGES = (EnvVar("PATH", "{layers}/python/bin", Mode.PREPEND), EnvVar("PYTHONPATH", "{app}"))


@dataclass(slots=True)
class Actor:
    """A runner that runs nothing; with a code other than 0 its programs fail and have written `output`."""

    code: int = 0
    output: str = ""
    ran: list[Command] = field(default_factory=list)

    def run(self, command: Command) -> None:
        self.ran.append(command)
        if self.code:
            raise CommandFailed(command, self.code, self.output)

    def ask(self, command: Command) -> str:
        self.run(command)
        return self.output


class Stage:
    def __init__(self, folder: Path) -> None:
        self.app = folder / "app"
        self.app.mkdir()
        self.layers = self.app / ".tampu"
        self.cache = folder / "cache"
        self.out = StringIO()
        self.err = StringIO()
        self.say = PlainConsole(out=self.out, err=self.err)
        self.run = Actor()

    @property
    def said(self) -> list[str]:
        """What was shown: steps and details, then notices."""
        return (self.out.getvalue() + self.err.getvalue()).splitlines()

    @property
    def tree(self) -> Tree:
        return Tree(self.app)

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        (self.app / name).parent.mkdir(parents=True, exist_ok=True)
        (self.app / name).write_text(text, encoding="utf-8", newline="")
        (self.app / name).chmod(mode)

    def install(self, distribution: str) -> None:
        self.write(
            f".tampu/site/lib/python3.12/site-packages/{distribution}.dist-info/METADATA", "Metadata-Version: 2.1\n"
        )

    def target(self, **user_env: str) -> Target:
        return Target(app=self.app, layers=self.layers, user_env=user_env)

    def act(self, task: Task | None, runner: Runner | None = None, user_env: Mapping[str, str] | None = None) -> None:
        assert task
        task.act(self.target(**(user_env or {})), replace(self.world, run=runner or self.run))

    @property
    def world(self) -> World:
        return World(
            run=self.run,
            fetch=Downloads(environ={}, say=self.say),
            cache=Cache(self.cache),
            say=self.say,
            environ={"PATH": "/usr/bin:/bin", "SECRET_OF_THE_MACHINE": "x"},
        )
