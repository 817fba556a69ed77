"""What a built app carries to be started with, on whatever platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.platforms.profile import render_profile
from tampu.values import replace
from tampu.world.files import File

if TYPE_CHECKING:
    from tampu.build.model import EnvVar, Outcome

RUN = """\
#!/bin/sh
# Runs a command in this app's environment, wherever the app was moved: .tampu/run COMMAND...
set -eu
# It can only be the home of some other Python.
unset PYTHONHOME
HOME=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
export HOME
. "$HOME/.tampu/profile.sh"
cd "$HOME"
exec "$@"
"""


def env_of(outcome: Outcome) -> tuple[EnvVar, ...]:
    """All that the layers and the tasks add to the app's environment."""
    layers = tuple(change for layer in outcome.layers for change in layer.env)
    return (*layers, *outcome.plan.env, *(change for task in outcome.plan.tasks for change in task.env))


def launch_files(outcome: Outcome) -> tuple[File, ...]:
    profile = render_profile(env_of(outcome))
    return (
        replace(profile, path=".tampu/profile.sh"),
        File(path=".tampu/run", text=RUN, executable=True),
        File(path=".tampu/.gitignore", text="*\n"),
    )
