"""The types that flow through a build."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.build.choose_python import PythonChoice
    from tampu.build.stack import Stack
    from tampu.world import World
    from tampu.world.cache import Key
    from tampu.world.console import Notice


class Mode(Enum):
    """How a variable meets the value that is already there; with SAME, its default is the value of another variable."""

    OVERRIDE = "override"
    DEFAULT = "default"
    PREPEND = "prepend"
    SAME = "same"


class Scope(Enum):
    """When a variable counts."""

    BUILD = "build"
    LAUNCH = "launch"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class EnvVar:
    """A change of the environment; `{layers}` and `{app}` stand for those folders, unless it is meant word for word."""

    name: str
    value: str
    mode: Mode = Mode.OVERRIDE
    scope: Scope = Scope.BOTH
    verbatim: bool = False

    def counts(self, scope: Scope) -> bool:
        return self.scope in (scope, Scope.BOTH)

    def value_for(self, *, layers: Path, app: Path) -> str:
        return self.value if self.verbatim else self.value.replace("{layers}", str(layers)).replace("{app}", str(app))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a platform asks for: the app, where layers go, what its user has set, which groups of packages it wants."""

    app: Path
    layers: Path
    user_env: Mapping[str, str] = field(default_factory=dict)
    local: bool = False
    groups: tuple[str, ...] = ()
    carried: Path | None = None
    machine: str = field(default_factory=lambda: os.uname().machine)

    @property
    def python(self) -> Path:
        """The app's own, once there is its layer."""
        return self.layers / "python" / "bin" / "python3"

    @property
    def dot_tampu(self) -> Path:
        """Where the files are that start the app: with its layers, unless a platform has these elsewhere."""
        return self.carried or self.layers

    @property
    def home(self) -> Path:
        """Where the stack is when it runs: the app, or on a laptop a place that leaves the app as it is."""
        return self.layers / "home" if self.local else self.app


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision and the fact that led to it."""

    what: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a step gets to make its layer: a place where nothing is, or an older layer to build on."""

    place: Path
    target: Target
    world: World


class Make(Protocol):
    def __call__(self, work: Work) -> None:
        """Fill `work.place`, or raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A layer to make, or to take from the cache; an older one is built on when the `ground` of its key is equal."""

    name: str
    title: str
    key: Key
    make: Make
    ground: frozenset[str] = frozenset()
    env: tuple[EnvVar, ...] = ()


class Act(Protocol):
    def __call__(self, target: Target, world: World) -> None:
        """Do it in the app's folder, with the layers in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that touches the app itself, and so is done in every build; one that `serves` puts our files there."""

    name: str
    act: Act
    env: tuple[EnvVar, ...] = ()
    serves: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """All that was decided, before anything is done; `defaults` are the processes that no Procfile says."""

    python: PythonChoice
    manager: str
    choices: tuple[Choice, ...]
    steps: tuple[Step, ...]
    tasks: tuple[Task, ...]
    env: tuple[EnvVar, ...]
    processes: Mapping[str, str]
    notices: tuple[Notice, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    stack: Stack | None = None

    @property
    def tasks_of_app(self) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if not task.serves)

    @property
    def tasks_of_stack(self) -> tuple[Task, ...]:
        """The last ones: only where nothing else comes after may they be done."""
        return tuple(task for task in self.tasks if task.serves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A step's result in its place; `reasons` say why it was made anew, and are empty when it was not."""

    name: str
    path: Path
    key: Key
    env: tuple[EnvVar, ...]
    reasons: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a platform publishes; `seconds` are those of its tasks, by name."""

    plan: Build
    layers: tuple[Layer, ...]
    seconds: Mapping[str, float]
