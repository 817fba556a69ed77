"""Carries out steps: from the cache when nothing changed, else made in place and kept for the next build."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tampu.build.model import Layer, Step, Target, Task, Work
from tampu.world import files
from tampu.world.cache import Hit

if TYPE_CHECKING:
    from tampu.world import World


def carry_out(steps: tuple[Step, ...], target: Target, world: World) -> tuple[Layer, ...]:
    return tuple(carry_out_one(step, target, world) for step in steps)


def carry_out_one(step: Step, target: Target, world: World) -> Layer:
    started = time.monotonic()
    world.say.step(step.title)
    place = target.layers / step.name
    found = world.cache.find(step.name, step.key, step.ground)
    if isinstance(found, Hit):
        files.graft(found.tree, place)
        world.say.detail("Unchanged: taken from the cache")
        reasons: tuple[str, ...] = ()
    else:
        reasons = found.reasons
        world.say.detail("\n".join(f"Needed: {reason}" for reason in reasons))
        if found.previous:
            files.graft(found.previous, place)
        else:
            files.remove(place)
        step.make(Work(place=place, target=target, world=world))
        world.cache.keep(step.name, step.key, place)
    return Layer(
        name=step.name,
        path=place,
        key=step.key,
        env=step.env,
        reasons=reasons,
        seconds=time.monotonic() - started,
    )


def in_place(steps: tuple[Step, ...], target: Target) -> tuple[Layer, ...]:
    """The layers that an earlier call has made."""
    return tuple(
        Layer(name=step.name, path=target.layers / step.name, key=step.key, env=step.env, reasons=(), seconds=0.0)
        for step in steps
    )


def perform(tasks: tuple[Task, ...], target: Target, world: World) -> dict[str, float]:
    """Do them in order; gives the seconds that each took."""
    seconds = {}
    for task in tasks:
        started = time.monotonic()
        task.act(target, world)
        seconds[task.name] = time.monotonic() - started
    return seconds
