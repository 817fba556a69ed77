"""Where a Django project has its collected static files, and under which URL."""

from __future__ import annotations

import ast
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tampu.build.environ import user_env
from tampu.build.tasks.installed import installed
from tampu.facts.django import manage_py
from tampu.facts.tree import Tree
from tampu.values import dataclass
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.model import EnvVar, Target
    from tampu.world import World

SETTING = re.compile(r"^(STATIC_URL|STATIC_ROOT) = (?:\w*Path\()?(.+?)\)?(?:  ###)?$", re.MULTILINE)
# Anything else would have to be quoted, and is rare.
URL = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)+")
FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """A URL, and the folder of the app whose files it has."""

    url: str
    folder: str


def static_files(target: Target, approot: str, changes: tuple[EnvVar, ...], world: World) -> tuple[Static, ...]:
    """What Django's settings say, where they can be had and name a folder of the app that is there."""
    found = manage_py(Tree(target.app), approot)
    if not found or not installed("Django", target.layers):
        return ()
    try:
        answer = world.run.ask(diffsettings(target, found, user_env(target, changes, world.environ)))
    except CommandFailed:
        return ()
    return tuple(static for static in (read(answer, target.app),) if static)


def diffsettings(target: Target, manage_py: str, env: Mapping[str, str]) -> Command:
    return Command(argv=(str(target.python), manage_py, "diffsettings", "--all"), cwd=target.app, env=env)


def read(answer: str, app: Path) -> Static | None:
    values = {match[1]: _value(match[2]) for match in SETTING.finditer(answer)}
    url, root = values.get("STATIC_URL"), values.get("STATIC_ROOT")
    if not isinstance(url, str) or not isinstance(root, str) or "\0" in root:
        return None
    url = url if url.startswith("/") else f"/{url}"
    try:
        place = (app / root).resolve()
        there = place.is_dir()
    except (OSError, ValueError):
        return None
    folder = place.relative_to(app.resolve()) if place.is_relative_to(app.resolve()) else PurePosixPath(".")
    fit = URL.fullmatch(url) and FOLDER.fullmatch(str(folder)) and there
    return Static(url=url, folder=str(folder)) if fit else None


def _value(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
