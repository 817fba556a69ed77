"""pip's commands, as values. Today's is a file that any Python can start; one of old times is a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUIET = ("--no-input", "--no-compile", "--progress-bar", "off", "--no-warn-script-location")
BYTECODE = "bytecode"
# A pip heeds those that it knows.
SETTINGS = {"PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_PYTHON_VERSION_WARNING": "1", "PIP_USE_PEP517": "1"}


def wheel(pip: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Make wheels of what the words name, and of nothing that they need."""
    return _command(pip, python, ("wheel", "--no-input", "--quiet", "--no-deps", *words), app, env)


def install(pip: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    return _command(pip, python, ("install", *QUIET, *words), app, env)


def check(pip: Path, python: Path, env: Mapping[str, str]) -> Command:
    return _command(pip, python, ("check",), python.parent, env)


def _command(pip: Path, python: Path, words: tuple[str, ...], cwd: Path, env: Mapping[str, str]) -> Command:
    """Its bytecode goes to its cache, or nowhere: what is stored is never written to."""
    cache = ("-X", f"pycache_prefix={env['PIP_CACHE_DIR']}/{BYTECODE}") if "PIP_CACHE_DIR" in env else ("-B",)
    start = ("-I", *cache) if pip.suffix else ("-E", "-s", "-B")
    return Command(argv=(str(python), *start, str(pip), *words), cwd=cwd, env={**env, **SETTINGS})
