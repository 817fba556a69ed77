"""pip's commands, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUIET = (
    "--no-input",
    "--no-compile",
    "--progress-bar",
    "off",
    "--no-warn-script-location",
    "--root-user-action",
    "ignore",
)


def wheel(pip: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Make wheels of what the words name, and of nothing that they need."""
    return Command(
        argv=(str(python), "-I", "-B", str(pip), "wheel", "--no-input", "--quiet", "--no-deps", *words),
        cwd=app,
        env=env,
    )


def install(pip: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Its bytecode goes to its cache: the tools layer is never written to."""
    start = (str(python), "-I", "-X", f"pycache_prefix={env['PIP_CACHE_DIR']}/bytecode", str(pip))
    return Command(argv=(*start, "install", *QUIET, *words), cwd=app, env=env)
