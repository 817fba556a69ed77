"""All decisions of a build, each with its reason, made before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.lacking import refuse_lacking
from tampu.build.materials import LAST_PYTHON, gather
from tampu.build.model import Build, Choice
from tampu.build.steps import apt, keeper
from tampu.build.steps.environment import ENV, Wanted, environment
from tampu.build.tasks import generated, tasks
from tampu.build.tasks import stack as set_up
from tampu.build.tasks.dotcloud import variables
from tampu.envs.bundle import bundle_of
from tampu.envs.last_resort import numbers
from tampu.envs.supervision import replaced
from tampu.envs.uv import OLDEST
from tampu.errors import TampuError
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.materials import Materials
    from tampu.build.model import Step, Target
    from tampu.build.serving import Serving
    from tampu.build.stack import Stack
    from tampu.build.steps.python import Decision
    from tampu.envs.tools import Tools
    from tampu.facts.app import App
    from tampu.facts.requirements import Packages
    from tampu.world import World

INSTALLERS = ("uv", "pip")


class UnknownInstaller(TampuError):
    reason = "install::unknown-installer"

    def __init__(self, found: str) -> None:
        super().__init__(
            title="TAMPU_INSTALLER names no installer that tampu has",
            found=f"TAMPU_INSTALLER={found}",
            expected=" or ".join(INSTALLERS),
            todo=(
                f"Unset TAMPU_INSTALLER, or set it for the app, and build again:\n\n    TAMPU_INSTALLER={INSTALLERS[0]}"
            ),
        )


def decide(app: App, target: Target, world: World, tools: Tools) -> Build:
    bundle = bundle_of(world.environ)
    if bundle:
        refuse_lacking(bundle, app, target, world)
    return planned(gather(app, target, world), app, target, world, tools)


def planned(materials: Materials, app: App, target: Target, world: World, tools: Tools) -> Build:
    """What is to be done with them."""
    interpreter, serving, needed = materials.interpreter, materials.serving, materials.packages
    version = interpreter.choice.version
    installer, why = installer_for(version, world)
    system = apt.decide(app.service.systempackages if app.service else (), target, world)
    wanted = Wanted(
        packages=needed,
        groups=target.groups,
        platform=materials.platform,
        python=version,
        installer=installer,
        tools=tools,
        settings=world.environ,
        ground={**ground_of(interpreter, target, world), **system.ground},
        changes=system.env,
    )
    env = variables(app.service) if app.service else ()
    seen = (*system.env, *ENV, *env)
    defaults = _unsaid(serving.stack, app)
    return Build(
        python=interpreter.choice,
        manager=needed.manager,
        choices=(
            *carried_mirror(world.environ),
            *_complete(world.environ),
            of_python(interpreter),
            *of_packages(needed, installer, why),
            *system.choices,
            *serving.choices,
        ),
        steps=(interpreter.step, *system.steps, environment(wanted), *_of_stack(serving, tools, world)),
        tasks=(*generated.tasks(needed), *tasks(app, target, seen), *set_up.tasks(serving.stack, seen)),
        env=env,
        processes={**defaults, **app.processes},
        defaults=defaults,
        stack=serving.stack,
        notices=(*app.notices, *interpreter.choice.notices, *needed.notices, *replaced(needed)),
    )


def _of_stack(serving: Serving, tools: Tools, world: World) -> tuple[Step, ...]:
    installer, _ = choose_installer(world)
    return (*keeper.steps(serving.keeper, tools, installer), *serving.steps)


def of_python(interpreter: Decision) -> Choice:
    what = f"Python {interpreter.choice.version} from {interpreter.origin}"
    return Choice(what=what, because=interpreter.choice.because)


def of_packages(packages: Packages, installer: str, why: str) -> tuple[Choice, ...]:
    return (
        Choice(what=f"Packages of {packages.manager}", because=packages.because),
        Choice(what=f"Installed by {installer}", because=why),
    )


def carried_mirror(environ: Mapping[str, str]) -> tuple[Choice, ...]:
    if environ.get("TAMPU_MIRROR") != str(house() / "mirror"):
        return ()
    return (Choice(what="Fetched from the mirror that this tampu carries", because="TAMPU_MIRROR names no other"),)


def _complete(environ: Mapping[str, str]) -> tuple[Choice, ...]:
    bundle = bundle_of(environ)
    if bundle is None:
        return ()
    because = "TAMPU_MIRROR names it, and it has all that a build needs"
    return (Choice(what=f"Nothing but the bundle {bundle.folder} is asked", because=because),)


def ground_of(interpreter: Decision, target: Target, world: World) -> Mapping[str, str]:
    return {
        "Python": interpreter.choice.version,
        "runtime": interpreter.identity,
        "CPU": target.machine,
        "stack": world.environ.get("STACK", ""),
        "TAMPU_REFRESH": world.environ.get("TAMPU_REFRESH", ""),
    }


def _unsaid(stack: Stack | None, app: App) -> Mapping[str, str]:
    """The processes of the stack that no Procfile of the app has."""
    ours = stack.default_processes if stack else {}
    return {name: command for name, command in ours.items() if name not in app.processes}


def remember(build: Build, world: World) -> None:
    """The version of the last build counts where an app asks for none."""
    world.cache.note("last-python", LAST_PYTHON, build.python.version)


def installer_for(version: str, world: World) -> tuple[str, str]:
    asked = choose_installer(world)
    return ("pip", "uv knows no Python of that age") if numbers(version)[:2] < OLDEST else asked


def choose_installer(world: World) -> tuple[str, str]:
    asked = world.environ.get("TAMPU_INSTALLER")
    if not asked:
        return "uv", "it is the default"
    if asked not in INSTALLERS:
        raise UnknownInstaller(asked)
    return asked, "TAMPU_INSTALLER says so"
