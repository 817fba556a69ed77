"""The whole build on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.decide import decide, remember
from tampu.build.engine import carry_out, perform
from tampu.build.evidence import evidence
from tampu.build.model import Outcome
from tampu.build.tasks import preparations
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.facts.app import survey
from tampu.facts.dotcloud import service
from tampu.facts.tree import Tree
from tampu.world import files
from tampu.world.house import house

if TYPE_CHECKING:
    from tampu.build.model import Build, Target
    from tampu.facts.dotcloud import Service
    from tampu.world import World

TOOLS = house() / "vendor" / "tools.lock"


def build(target: Target, world: World) -> Outcome:
    tools = obtain(TOOLS, world, pinned_runtime)
    tree = Tree(target.app)
    prepared = perform(preparations(tree, service_of(target, world)), target, world)
    plan = decide(survey(tree, service_of(target, world)), target, world, tools)
    say(plan, world)
    layers = carry_out(plan.steps, target, world)
    remember(plan, world)
    performed = perform(plan.tasks, target, world)
    outcome = Outcome(plan=plan, layers=layers, seconds={**prepared, **performed})
    files.write(target.layers, evidence(outcome))
    return outcome


def plan_only(target: Target, world: World) -> Build:
    """What a build would do. Hooks that run before it are not run, so they can't change it."""
    tools = obtain(TOOLS, world, pinned_runtime)
    plan = decide(survey(Tree(target.app), service_of(target, world)), target, world, tools)
    say(plan, world)
    return plan


def service_of(target: Target, world: World) -> Service | None:
    name = target.user_env.get("DOTCLOUD_SERVICE_NAME") or world.environ.get("DOTCLOUD_SERVICE_NAME", "")
    return service(Tree(target.app), name)


def say(plan: Build, world: World) -> None:
    world.say.step("Deciding")
    for choice in plan.choices:
        world.say.detail(f"{choice.what}: {choice.because}")
    for notice in plan.notices:
        world.say.notice(notice)
