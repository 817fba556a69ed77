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


def install(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Make the environment hold just what the words ask for: what is missing comes, what is left over goes."""
    return Command(
        argv=(str(uv), "pip", "install", "--exact", "--python", str(python), *words),
        cwd=app,
        env={"UV_LINK_MODE": "hardlink", **env, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
    )


def lock(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Say which files would be installed: as a pylock.toml, with addresses and hashes."""
    return Command(
        argv=(str(uv), "pip", "compile", *TELLING, "--python", str(python), *words),
        cwd=app,
        env={**env, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
    )


def place(uv: Path, python: Path, words: tuple[str, ...], app: Path, env: Mapping[str, str]) -> Command:
    """Install into a plain folder, which the words name."""
    return Command(
        argv=(str(uv), "pip", "install", "--quiet", "--python", str(python), *words),
        cwd=app,
        env={**env, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
    )


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
