"""The service's own Python and its packages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tampu.build.bare import bare
from tampu.build.model import Target
from tampu.build.story import TOOLS
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.facts.app import survey
from tampu.facts.environment import Environment as Here
from tampu.facts.locks import pip
from tampu.facts.tree import Tree
from tampu.service.asked import BadWish
from tampu.values import replace

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.bare import Bare
    from tampu.facts.requirements import Packages
    from tampu.service.wish import Wish
    from tampu.world import World

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Interpreters in somebody's home are none for a service: it can't even look in there.
FOR_ALL = {"PATH": SYSTEM_PATH, "PYENV_ROOT": "/nonexistent"}


def decide(wish: Wish, world: World) -> Bare:
    target = Target(app=wish.code, layers=wish.code / ".tampu", user_env=world.environ, local=True)
    tools = obtain(TOOLS, world, pinned_runtime)
    named = partial(_named, wish.requirements, wish, target) if wish.requirements else None
    return bare(survey(Tree(wish.code), None), target, world, tools, searched=FOR_ALL, named=named)


def _named(file: Path, wish: Wish, target: Target, version: str) -> Packages:
    here = Here(python=version, machine=target.machine, groups=())
    found = replace(pip.read(Tree(file.parent), here, file.name), because="req_file names it")
    if file.is_relative_to(wish.code):
        return replace(found, root=file.parent.relative_to(wish.code).as_posix())
    if found.local:
        raise BadWish(wish.origin, "req_file", str(file), "a file inside path_to_files, as it names folders beside it")
    return found
