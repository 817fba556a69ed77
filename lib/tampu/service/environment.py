"""The service's own Python and its packages: decided and made as those of a built app, without what serves pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tampu.build.decide import choose_installer, ground_of
from tampu.build.materials import choose_interpreter, needed_packages
from tampu.build.model import Choice, Target
from tampu.build.steps.environment import Wanted, environment
from tampu.build.story import TOOLS
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.facts.app import survey
from tampu.facts.environment import Environment as Here
from tampu.facts.locks import pip
from tampu.facts.tree import Tree
from tampu.service.asked import BadWish

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.model import Step
    from tampu.build.steps.python import Decision
    from tampu.facts.requirements import Packages
    from tampu.service.wish import Wish
    from tampu.world import World
    from tampu.world.console import Notice

# Interpreters in somebody's home are none for a service: it can't even look in there.
FOR_ALL = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYENV_ROOT": "/nonexistent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Its layers, and why they are as they are."""

    steps: tuple[Step, ...]
    choices: tuple[Choice, ...]
    notices: tuple[Notice, ...]


def decide(wish: Wish, world: World) -> Environment:
    target = Target(app=wish.code, layers=wish.code / ".tampu", user_env=world.environ, local=True)
    tools = obtain(TOOLS, world, pinned_runtime)
    app = survey(Tree(wish.code), None)
    interpreter = choose_interpreter(app, target, replace(world, environ={**world.environ, **FOR_ALL}))
    version = interpreter.choice.version
    if wish.requirements:
        packages = _named(wish.requirements, version, wish, target)
    else:
        packages = needed_packages(app, version, target, world)
    installer, why = choose_installer(world)
    wanted = Wanted(
        packages=packages,
        groups=(),
        platform="",
        python=version,
        installer=installer,
        tools=tools,
        settings=world.environ,
        ground=ground_of(interpreter, target, world),
    )
    return Environment(
        # An interpreter without packages needs no folder of them.
        steps=(interpreter.step, *((environment(wanted),) if packages.requirements else ())),
        choices=(*_of_python(interpreter), *_of_packages(packages, installer, why)),
        notices=(*interpreter.choice.notices, *packages.notices),
    )


def _named(file: Path, version: str, wish: Wish, target: Target) -> Packages:
    here = Here(python=version, machine=target.machine, groups=())
    found = replace(pip.read(Tree(file.parent), here, file.name), because="req_file names it")
    if file.is_relative_to(wish.code):
        return replace(found, root=file.parent.relative_to(wish.code).as_posix())
    if found.local:
        raise BadWish(wish.origin, "req_file", str(file), "a file inside path_to_files, as it names folders beside it")
    return found


def _of_python(interpreter: Decision) -> tuple[Choice, ...]:
    version, because = interpreter.choice.version, interpreter.choice.because
    return (Choice(what=f"Python {version} from {interpreter.origin}", because=because),)


def _of_packages(packages: Packages, installer: str, why: str) -> tuple[Choice, ...]:
    if not packages.requirements:
        return (Choice(what="No packages", because="no file asks for any"),)
    return (
        Choice(what=f"Packages of {packages.manager}", because=packages.because),
        Choice(what=f"Installed by {installer}", because=why),
    )
