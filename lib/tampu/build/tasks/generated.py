"""Code that the build of an editable project wrote into the app: put back when the environment was in the cache."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tampu.build.model import Target, Task
from tampu.envs.traces import put_back

if TYPE_CHECKING:
    from tampu.facts.requirements import Packages
    from tampu.world import World


def tasks(packages: Packages) -> tuple[Task, ...]:
    linked = any(project.editable for project in packages.local)
    return (Task(name="generated_code", act=partial(_act, packages.root)),) if linked else ()


def _act(root: str, target: Target, world: World) -> None:  # noqa: ARG001 - what every task gets
    put_back(target.layers / "site", target.app / root)
