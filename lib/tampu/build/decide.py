"""All decisions of a build, each with its reason, made before anything is done."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tampu.build.model import Build, Choice
from tampu.build.steps import python
from tampu.build.steps.environment import ENV, Wanted, environment
from tampu.build.tasks import generated, tasks
from tampu.build.tasks.dotcloud import variables
from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.facts.packages import packages
from tampu.facts.pins import load_pythons
from tampu.world.cache import Key
from tampu.world.house import house

if TYPE_CHECKING:
    from tampu.build.model import Target
    from tampu.build.steps.python import Decision
    from tampu.envs.tools import Tools
    from tampu.facts.app import App
    from tampu.world import World

LAST_PYTHON = Key({})
INSTALLERS = ("uv", "pip")


class UnknownInstaller(TampuError):
    reason = "install::unknown-installer"

    def __init__(self, found: str) -> None:
        super().__init__(
            title="TAMPU_INSTALLER names no installer that tampu has",
            advice=(
                f"Found:    TAMPU_INSTALLER={found}\nExpected: {' or '.join(INSTALLERS)}\n\n"
                "Unset TAMPU_INSTALLER, or set it for the app, and build again:\n\n"
                f"    TAMPU_INSTALLER={INSTALLERS[0]}"
            ),
        )


def decide(app: App, target: Target, world: World, tools: Tools) -> Build:
    interpreter = _interpreter(app, target, world)
    version = interpreter.choice.version
    wanted_by = world.environ.get("TAMPU_PACKAGE_MANAGER") or None
    needed = packages(app.tree, Environment(python=version, machine=_arch(), groups=target.groups), wanted_by)
    installer, why = _installer(world)
    wanted = Wanted(
        packages=needed,
        groups=target.groups,
        platform=(house() / "config" / "dcrequirements.txt").read_text(encoding="utf-8"),
        python=version,
        installer=installer,
        tools=tools,
        settings=world.environ,
        ground={
            "Python": version,
            "runtime": interpreter.identity,
            "CPU": _arch(),
            "stack": world.environ.get("STACK", ""),
            "TAMPU_REFRESH": world.environ.get("TAMPU_REFRESH", ""),
        },
    )
    env = variables(app.service) if app.service else ()
    return Build(
        python=interpreter.choice,
        manager=needed.manager,
        choices=(
            Choice(what=f"Python {version} from {interpreter.origin}", because=interpreter.choice.because),
            Choice(what=f"Packages of {needed.manager}", because=needed.because),
            Choice(what=f"Installed by {installer}", because=why),
        ),
        steps=(interpreter.step, environment(wanted)),
        tasks=(*generated.tasks(needed), *tasks(app, target, (*ENV, *env))),
        env=env,
        processes=app.processes,
        notices=(*app.notices, *interpreter.choice.notices, *needed.notices),
    )


def remember(build: Build, world: World) -> None:
    """The version of the last build counts where an app asks for none."""
    world.cache.note("last-python", LAST_PYTHON, build.python.version)


def _interpreter(app: App, target: Target, world: World) -> Decision:
    wish = python.Wish(
        requests=app.pythons,
        last=world.cache.recall("last-python", LAST_PYTHON),
        pythons=load_pythons(house() / "vendor" / "pythons.json", _arch()),
        arch=_arch(),
        today=datetime.now(tz=timezone.utc).date(),
    )
    return python.decide(wish, target, world)


def _arch() -> str:
    return os.uname().machine


def _installer(world: World) -> tuple[str, str]:
    asked = world.environ.get("TAMPU_INSTALLER")
    if not asked:
        return "uv", "it is the default"
    if asked not in INSTALLERS:
        raise UnknownInstaller(asked)
    return asked, "TAMPU_INSTALLER says so"
