"""All that serving an app takes: the stack, where its nginx comes from, and the task that puts it in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.build.stack import NONE, decide_stack
from tampu.build.steps import nginx

if TYPE_CHECKING:
    from tampu.build.model import Choice, Step, Target
    from tampu.build.stack import Stack
    from tampu.envs.nginx import Source
    from tampu.facts.app import App
    from tampu.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What was decided about it; nothing to do where there is no stack."""

    choices: tuple[Choice, ...]
    stack: Stack | None = None
    steps: tuple[Step, ...] = ()
    nginx: Source | None = None


def decide_serving(app: App, target: Target, world: World) -> Serving:
    decision = decide_stack(app, target, world)
    if decision.stack is None or decision.stack.server == NONE:
        return Serving(choices=(decision.choice,), stack=decision.stack)
    front = nginx.decide(target, world)
    return Serving(
        choices=(decision.choice, front.choice),
        stack=decision.stack,
        steps=(front.step,) if front.step else (),
        nginx=front.source,
    )
