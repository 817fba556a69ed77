"""The whole build on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.decide import decide, remember
from tampu.build.engine import carry_out, in_place, perform
from tampu.build.evidence import evidence
from tampu.build.model import Outcome
from tampu.build.tasks import preparations
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.facts.app import survey
from tampu.facts.approot import asked_approot
from tampu.facts.dotcloud import service
from tampu.facts.tree import Tree
from tampu.values import replace
from tampu.world import files
from tampu.world.house import house

if TYPE_CHECKING:
    from tampu.build.bare import Bare
    from tampu.build.model import Build, Target
    from tampu.envs.tools import Tools
    from tampu.facts.app import App
    from tampu.facts.dotcloud import Service
    from tampu.world import World

TOOLS = house() / "vendor" / "tools.lock"


def build(target: Target, world: World) -> Outcome:
    return finished(supplied(target, world), target, world)


def supplied(target: Target, world: World) -> Outcome:
    """The layers, and what the app's own code does with them. Nothing that serves goes into the app."""
    tools = own_tools(world)
    tree = Tree(target.app)
    prepared = perform(preparations(tree, service_of(target, world)), target, world)
    plan = decide(survey_of(target, world), target, world, tools)
    say(plan, world)
    layers = carry_out(plan.steps, target, world)
    remember(plan, world)
    performed = perform(plan.tasks_of_app, target, world)
    return Outcome(plan=plan, layers=layers, seconds={**prepared, **performed})


def finished(supply: Outcome, target: Target, world: World) -> Outcome:
    """What serves the app is put into it, and evidence of all that was done."""
    served = perform(supply.plan.tasks_of_stack, target, world)
    files.write(target.dot_tampu, evidence(supply))
    return replace(supply, seconds={**supply.seconds, **served})


def supplied_before(target: Target, world: World) -> Outcome:
    """What an earlier call has supplied: the same facts lead to the same decisions, and these were told already."""
    plan = _decided(target, world)
    return Outcome(plan=plan, layers=in_place(plan.steps, target), seconds={})


def plan_only(target: Target, world: World) -> Build:
    """What a build would do. Hooks that run before it are not run, so they can't change it."""
    plan = _decided(target, world)
    say(plan, world)
    return plan


def _decided(target: Target, world: World) -> Build:
    tools = own_tools(world)
    return decide(survey_of(target, world), target, world, tools)


def own_tools(world: World) -> Tools:
    """Without them not even an app can be read."""
    return obtain(TOOLS, world, pinned_runtime)


def survey_of(target: Target, world: World) -> App:
    return survey(Tree(target.app), service_of(target, world), approot_of(target, world))


def service_of(target: Target, world: World) -> Service | None:
    return service(Tree(target.app), _set("DOTCLOUD_SERVICE_NAME", target, world), approot_of(target, world))


def approot_of(target: Target, world: World) -> str:
    return asked_approot(Tree(target.app), _set("APPROOT", target, world))


def _set(name: str, target: Target, world: World) -> str:
    """What the app's user has set, or the platform."""
    return target.user_env.get(name) or world.environ.get(name, "")


def say(plan: Build | Bare, world: World) -> None:
    world.say.step("Deciding")
    for choice in plan.choices:
        world.say.detail(f"{choice.what}: {choice.because}")
    for notice in plan.notices:
        world.say.notice(notice)
