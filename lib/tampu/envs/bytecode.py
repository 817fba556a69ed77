"""Bytecode that is made once, holds no path of the build, and is never written to again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.world.environ import tool_env
from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.world import World

COMPILER = Path(__file__).resolve().parents[1] / "launch" / "bytecode.py"


def compile_modules(prefix: Path, names: Iterable[str], python: Path, world: World) -> None:
    """Compile the modules of those names below the prefix; what is no Python of that version stays as it is."""
    with world.cache.workshop() as bench:
        listing = bench / "modules"
        listing.write_bytes(b"\0".join(os.fsencode(name) for name in sorted(names)))
        # Not -I: the environment is whole as it is, and its seed puts what a module has of sets in order.
        argv = (str(python), "-s", "-S", str(COMPILER), str(prefix), str(listing))
        world.run.ask(Command(argv=argv, cwd=prefix, env=tool_env(world.environ)))
