"""What a build is made from: an interpreter, packages, and what serves the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.bundled import out_of_bundle
from tampu.build.serving import decide_serving
from tampu.build.steps import python
from tampu.envs.bundle import bundle_of
from tampu.facts.environment import Environment
from tampu.facts.packages import packages
from tampu.values import dataclass
from tampu.world.cache import Key
from tampu.world.house import house

if TYPE_CHECKING:
    from tampu.build.model import Target
    from tampu.build.serving import Serving
    from tampu.build.stack import Stack
    from tampu.build.steps.python import Decision
    from tampu.facts.app import App
    from tampu.facts.requirements import Packages
    from tampu.world import World

OF_EVERY_APP, OF_PYTHON_2 = "dcrequirements.txt", "dcrequirements-2.7.txt"
LAST_PYTHON = Key({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """`packages` are what the app asks for, `platform` the text of what it gets beside."""

    interpreter: Decision
    serving: Serving
    packages: Packages
    platform: str


def gather(app: App, target: Target, world: World) -> Materials:
    interpreter = choose_interpreter(app, target, world)
    serving = decide_serving(app, interpreter.choice.version, target, world)
    return Materials(
        interpreter=interpreter,
        serving=serving,
        packages=needed_packages(app, interpreter.choice.version, target, world),
        platform=platform_requirements(interpreter.choice.version, serving.stack),
    )


def choose_interpreter(app: App, target: Target, world: World) -> Decision:
    last = world.cache.recall("last-python", LAST_PYTHON)
    return python.decide(python.wish_now(app.pythons, last, target.machine), target, world)


def needed_packages(app: App, version: str, target: Target, world: World) -> Packages:
    """What the app asks for, read as that version of Python has it."""
    wanted_by = world.environ.get("TAMPU_PACKAGE_MANAGER") or None
    here = Environment(python=version, machine=target.machine, groups=target.groups)
    found = packages(app.tree, here, wanted_by, app.approot, app.service.requirements if app.service else ())
    bundle = bundle_of(world.environ)
    return out_of_bundle(found, bundle, world.environ) if bundle else found


def platform_requirements(version: str, stack: Stack | None) -> str:
    """The requirements that are ours: of every app, and of what the stack needs beside."""
    names = [OF_PYTHON_2 if version.startswith("2.") else OF_EVERY_APP, *(stack.requirements if stack else ())]
    return "".join((house() / "config" / name).read_text(encoding="utf-8") for name in names)
