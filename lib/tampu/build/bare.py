"""An app's own Python and its packages, decided and made as those of any build, without what serves pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.decide import choose_installer, ground_of, of_packages, of_python
from tampu.build.materials import choose_interpreter, needed_packages
from tampu.build.model import Choice
from tampu.build.steps.environment import Wanted, environment
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.build.model import Step, Target
    from tampu.envs.tools import Tools
    from tampu.facts.app import App
    from tampu.facts.requirements import Packages
    from tampu.world import World
    from tampu.world.console import Notice

    Named = Callable[[str], Packages]

NO_PACKAGES = Choice(what="No packages", because="no file asks for any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """Its layers, and why they are as they are."""

    steps: tuple[Step, ...]
    choices: tuple[Choice, ...]
    notices: tuple[Notice, ...]


def bare(
    app: App,
    target: Target,
    world: World,
    tools: Tools,
    *,
    searched: Mapping[str, str] | None = None,
    named: Named | None = None,
) -> Bare:
    """`searched` says where interpreters may be, `named` what packages there are for a version of Python."""
    interpreter = choose_interpreter(app, target, replace(world, environ={**world.environ, **(searched or {})}))
    version = interpreter.choice.version
    packages = named(version) if named else needed_packages(app, version, target, world)
    installer, why = choose_installer(world)
    wanted = Wanted(
        packages=packages,
        groups=target.groups,
        platform="",
        python=version,
        installer=installer,
        tools=tools,
        settings=world.environ,
        ground=ground_of(interpreter, target, world),
    )
    some = bool(packages.requirements)
    return Bare(
        # An interpreter without packages needs no folder of them.
        steps=(interpreter.step, *((environment(wanted),) if some else ())),
        choices=(of_python(interpreter), *(of_packages(packages, installer, why) if some else (NO_PACKAGES,))),
        notices=(*interpreter.choice.notices, *packages.notices),
    )
