"""The pip for an interpreter: today's, or the last one that runs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import stored, versions
from tampu.world.house import house

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.envs.tools import Tools
    from tampu.world import World

PIPS = house() / "vendor" / "pips"


def version_for(minor: str, tools: Tools) -> str:
    lock = _lock(minor)
    return versions(lock)["pip"] if lock.is_file() else tools.versions["pip"]


def path_for(minor: str, tools: Tools, world: World) -> Path:
    """The file or the folder to start; one of old times comes into the cache when the first app needs it."""
    lock = _lock(minor)
    return stored("pips", lock, world, pinned_runtime) / "pip" if lock.is_file() else tools.pip


def _lock(minor: str) -> Path:
    return PIPS / f"{minor}.lock"
