"""All that serving an app takes: the stack, where its nginx comes from, and the task that puts it in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.model import Choice
from tampu.build.python_match import reworded
from tampu.build.stack import ASGI, NONE, decide_stack
from tampu.build.steps import keeper, nginx
from tampu.build.steps.keeper import OLDEST, Keeper, is_old
from tampu.errors import TampuError
from tampu.facts.python_version import EXAMPLE, Request, mend
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from tampu.build.model import Step, Target
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
    keeper: Keeper | None = None


class AsgiTooOld(TampuError):
    reason = "stack::old-python"

    def __init__(self, version: str, choice: Choice, request: Request | None) -> None:
        asked = request or Request(spec="", origin=".python-version", text=version)
        super().__init__(
            title=f"An asynchronous app can't be served on Python {version}",
            found=choice.because,
            expected=f"Python {OLDEST} or newer, which uvicorn needs; or a `web` process in a Procfile",
            todo=mend(asked.origin, reworded(asked, EXAMPLE)),
        )


def decide_serving(app: App, version: str, target: Target, world: World) -> Serving:
    """`version` is that of the app's Python."""
    decision = decide_stack(app, target, world)
    stack = decision.stack
    if stack is None:
        return Serving(choices=(decision.choice,))
    if is_old(version) and stack.server == ASGI:
        raise AsgiTooOld(version, decision.choice, next(iter(app.pythons), None))
    kept = keeper.decide(version, target, world) if is_old(version) else None
    front = None if stack.server == NONE else nginx.decide(target, world)
    return Serving(
        choices=(decision.choice, *((front.choice,) if front else ()), *((_why(kept, version),) if kept else ())),
        stack=replace(stack, keeper=kept is not None),
        steps=(front.step,) if front and front.step else (),
        nginx=front.source if front else None,
        keeper=kept,
    )


def _why(kept: Keeper, version: str) -> Choice:
    own = kept.interpreter
    return Choice(
        what=f"supervisord on Python {own.choice.version} from {own.origin}",
        because=f"it needs {OLDEST} or newer, and the app has {version}",
    )
