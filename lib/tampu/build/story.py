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
from tampu.facts.tree import Tree
from tampu.world import files
from tampu.world.house import house

if TYPE_CHECKING:
    from tampu.build.model import Build, Target
    from tampu.world import World


def build(target: Target, world: World) -> Outcome:
    prepared = perform(preparations(Tree(target.app)), target, world)
    plan = plan_only(target, world)
    layers = carry_out(plan.steps, target, world)
    remember(plan, world)
    performed = perform(plan.tasks, target, world)
    outcome = Outcome(plan=plan, layers=layers, seconds={**prepared, **performed})
    files.write(target.layers, evidence(outcome))
    return outcome


def plan_only(target: Target, world: World) -> Build:
    """Everything up to the point where something would be done."""
    tools = obtain(house() / "vendor" / "tools.lock", world, pinned_runtime)
    app = survey(Tree(target.app))
    plan = decide(app, target, world, tools)
    world.say.step("Deciding")
    for choice in plan.choices:
        world.say.detail(f"{choice.what}: {choice.because}")
    for notice in plan.notices:
        world.say.notice(notice)
    return plan
