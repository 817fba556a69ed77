from __future__ import annotations

import os
from pathlib import Path

import pytest

from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import stored
from tampu.platforms import local
from tampu.world.console import PlainConsole
from tampu.world.house import house


@pytest.fixture(scope="session")
def serving_tools() -> Path:
    """What `tampu serve` brings along."""
    lock = house() / "vendor" / "serve.lock"
    return stored(lock.stem, lock, local.open_world(Path.cwd(), os.environ, PlainConsole()), pinned_runtime)
