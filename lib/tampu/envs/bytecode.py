"""Bytecode that is made once, holds no path of the build, and is never written to again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tampu.world.environ import tool_env
from tampu.world.house import PACKAGE
from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tampu.world import World

COMPILER = PACKAGE / "launch" / "bytecode.py"
# Before it, bytecode goes by the time of its source: what is given that time must not be uv's own file.
UNTIMED = (3, 7)


def compile_modules(prefix: Path, names: Iterable[str], python: Path, world: World) -> None:
    """Compile the modules of those names below the prefix; what is no Python of that version stays as it is."""
    with world.cache.workshop() as bench:
        listing = bench / "modules"
        listing.write_bytes(b"\0".join(os.fsencode(name) for name in sorted(names)))
        # Not -I: the environment is whole as it is, and its seed puts what a module has of sets in order.
        argv = (str(python), "-s", "-S", str(COMPILER), str(prefix), str(listing))
        world.run.ask(Command(argv=argv, cwd=prefix, env=tool_env(world.environ)))
