"""An environment for an app that has none: its Python and its packages, beside what `tampu up` makes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.bare import bare
from tampu.build.engine import carry_out
from tampu.build.model import Target
from tampu.build.story import TOOLS, survey_of
from tampu.build.story import say as tell
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.platforms import local
from tampu.serve import ours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.world.console import Console

LAYERS = Path("serve")
GROUPS = ("dev",)


def build(project: Path, environ: Mapping[str, str], say: Console) -> Path:
    """Its Python."""
    layers = ours.make(project) / LAYERS
    world = local.open_world(project, environ, say)
    target = Target(app=project, layers=layers, user_env=environ, local=True, groups=GROUPS)
    # A survey reads with their help.
    tools = obtain(TOOLS, world, pinned_runtime)
    plan = bare(survey_of(target, world), target, world, tools)
    tell(plan, world)
    carry_out(plan.steps, target, world)
    return layers / "python" / "bin" / "python"
