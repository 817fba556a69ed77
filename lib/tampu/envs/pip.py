"""pip's commands, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUIET = ("--no-input", "--no-compile", "--progress-bar", "off", "--no-warn-script-location", "--root-user-action", "ignore")


def install(pip: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    return Command(argv=(str(python), "-I", str(pip), "install", *QUIET, *words), cwd=app, env=env)


def check(pip: Path, python: Path, env: Mapping[str, str]) -> Command:
    return Command(argv=(str(python), "-I", str(pip), "check"), cwd=python.parent, env=env)
