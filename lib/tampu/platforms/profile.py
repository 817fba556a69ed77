"""What every process of a built app sources first: its environment, and how many workers fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.model import Scope
from tampu.build.shell import exports
from tampu.world.files import File
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tampu.build.model import EnvVar

HOME = '"$HOME"'
HEADER = """\
# shellcheck shell=dash
# Written by tampu at each build. Variables that are set here as defaults give way to yours.
"""


def render_profile(changes: Sequence[EnvVar]) -> File:
    """`.profile.d/tampu.sh`, for platforms that start processes with HOME at the app."""
    return File(path=".profile.d/tampu.sh", text=profile_text(changes, f"{HOME}/.tampu"))


def profile_text(changes: Sequence[EnvVar], layers: str) -> str:
    """`layers` is a shell word that stands for their folder when the app starts."""
    launch = exports(changes, Scope.LAUNCH, layers=layers, app=HOME)
    workers = (house() / "config" / "profile.sh").read_text(encoding="utf-8")
    return f"{HEADER}\n{launch}\n{workers}"
