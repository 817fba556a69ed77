"""The `keeper` layer: a Python with supervisor, for the stack of an app whose own Python is too old to run it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tampu.build.model import EnvVar, Mode, Scope, Step, Work
from tampu.build.python_shelf import series_of
from tampu.build.steps import python
from tampu.envs.install import Job, install
from tampu.envs.last_resort import numbers
from tampu.envs.settle import settle
from tampu.envs.site import Site
from tampu.envs.supervision import digest_of_supervision
from tampu.envs.wishes import without, write_wishes
from tampu.errors import TampuError
from tampu.facts.python import Request
from tampu.facts.requirements import Packages
from tampu.values import dataclass, replace
from tampu.world import files
from tampu.world.cache import Key
from tampu.world.house import house

if TYPE_CHECKING:
    from tampu.build.model import Target
    from tampu.build.steps.python import Decision
    from tampu.envs.tools import Tools
    from tampu.world import World

NAME = "keeper"
# Raise it when the same parts would now give other files.
LAYOUT = "1"
OLDEST = "3.9"
WISH = Request(spec=f">={OLDEST}", origin="tampu", text=f">={OLDEST}")
# Found before the app's own, which may be as old as its Python.
ENV = (EnvVar("PATH", "{layers}/keeper/bin", Mode.PREPEND, Scope.LAUNCH),)
APPS_OWN: set[str | None] = {"pyuwsgi", "setuptools"}
# What the app sets for its own Python is not for this one.
START = """#!/bin/sh
program=$(realpath -- "$0")
keeper=${program%/bin/*}
exec "$keeper/python/bin/python3" -E -s "$keeper/site/bin/${program##*/}" "$@"
"""


class NoKeeper(TampuError):
    reason = "keeper::no-python"

    def __init__(self, version: str) -> None:
        super().__init__(
            title=f"There is no Python to be had that can run what serves an app on Python {version}",
            found=f"Python {version} for the app, and none that is {OLDEST} or newer",
            expected="one of these beside it, for supervisord",
            todo=(
                "Put one into the mirror that TAMPU_MIRROR names, or check the network and HTTPS_PROXY\n"
                "where others can be fetched."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Which interpreter, and all that its layer is made from."""

    interpreter: Decision
    key: Key


def is_old(version: str) -> bool:
    """Whether supervisord can't run on that Python."""
    return numbers(version)[:2] < numbers(OLDEST)


def decide(version: str, target: Target, world: World) -> Keeper:
    """For an app on that version."""
    wish = python.wish_now((WISH,), None, target.machine)
    remembered = python.recall(NAME, wish, target, world)
    if remembered and python.is_stored(NAME, _key(remembered), f"python/{python.PROGRAM}", world):
        return Keeper(interpreter=remembered, key=_key(remembered))
    try:
        found = python.look_for(NAME, wish, target, world)
    except (*python.NOT_TO_BE_HAD, python.OutOfReach) as error:
        raise NoKeeper(version) from error
    return Keeper(interpreter=found, key=_key(found))


def steps(keeper: Keeper | None, tools: Tools, installer: str) -> tuple[Step, ...]:
    if keeper is None:
        return ()
    version = keeper.interpreter.choice.version
    layer = Step(
        name=NAME,
        title=f"Installing Python {version} with supervisor",
        key=keeper.key,
        env=ENV,
        make=lambda work: _make(keeper, tools, installer, work),
    )
    return (layer,)


def requirements() -> str:
    """What is ours and not the app's; each with its hashes, so it doesn't matter where it comes from."""
    return without((house() / "config" / "dcrequirements.txt").read_text(encoding="utf-8"), APPS_OWN)


def _key(interpreter: Decision) -> Key:
    return Key(
        {
            **interpreter.step.key.parts,
            "layout of the keeper": LAYOUT,
            "config/dcrequirements.txt": hashlib.sha256(requirements().encode()).hexdigest(),
            "what supervisord loads": digest_of_supervision(),
        }
    )


def _make(keeper: Keeper, tools: Tools, installer: str, work: Work) -> None:
    place, world = work.place, work.world
    keeper.interpreter.step.make(replace(work, place=place / "python"))
    site = Site(place / "site", series_of(keeper.interpreter.choice.version))
    site.library.mkdir(parents=True)
    program = place / "python" / python.PROGRAM
    nothing = Packages(manager="tampu", because="")
    with world.cache.workshop() as bench:
        job = Job(
            site=site,
            python=program,
            app=place,
            packages=nothing,
            wishes=write_wishes(nothing, requirements(), place, bench),
            tools=tools,
            world=world,
        )
        install(job, installer)
    settle(site, place, program, world, keeper.interpreter.step.key.parts)
    commands = sorted((site.root / "bin").iterdir())
    files.write(place, [files.File(path=f"bin/{command.name}", text=START, executable=True) for command in commands])
