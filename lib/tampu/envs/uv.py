"""uv's commands, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


# The oldest Python that uv can look into.
OLDEST = (3, 6)
TELLING = ("--quiet", "--no-header", "--format", "pylock.toml")
PINNING = ("--quiet", "--no-header", "--no-annotate", "--generate-hashes")


def install(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Make the environment hold just what the words ask for: what is missing comes, what is left over goes."""
    return _pip(uv, ("install", "--exact"), python, words, app, {"UV_LINK_MODE": "hardlink", **env})


def lock(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Say which files would be installed: as a pylock.toml, with addresses and hashes."""
    return _pip(uv, ("compile", *TELLING), python, words, app, env)


def pin(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Say which versions would be installed, with the hashes of their files, and without a word on where they are."""
    return _pip(uv, ("compile", *PINNING), python, words, app, env)


def place(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Install into a plain folder, which the words name."""
    return _pip(uv, ("install", "--quiet"), python, words, app, env)


def check(uv: Path, python: Path, env: Mapping[str, str]) -> Command:
    return Command(argv=(str(uv), "pip", "check", "--python", str(python)), cwd=python.parent, env=env)


def forget(uv: Path, names: tuple[str, ...], python: Path, env: Mapping[str, str]) -> Command:
    """Drop what uv's cache has of these packages."""
    return Command(argv=(str(uv), "cache", "clean", "--quiet", *names), cwd=python.parent, env=env)


def prune(uv: Path, cache: Path, env: Mapping[str, str]) -> Command:
    """Drop all of a cache but the wheels that were built here."""
    return Command(argv=(str(uv), "cache", "prune", "--ci", "--quiet"), cwd=cache.parent, env=env)


def anew(names: tuple[str, ...]) -> tuple[str, ...]:
    """Words that make it fetch these even where they are installed."""
    return tuple(f"--reinstall-package={name}" for name in names)


def _pip(
    uv: Path, verb: tuple[str, ...], python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]
) -> Command:
    return Command(
        argv=(str(uv), "pip", *verb, "--python", str(python), *words),
        cwd=app,
        env={**env, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
    )
