"""Puts a stack where it belongs. What the app has under one of its names is the app's, and stays."""

from __future__ import annotations

import json
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.build.tasks.stack_files import STACK_JSON, digest, launch_files, paste_files, stack_file
from tampu.build.tasks.stack_links import lay, point
from tampu.errors import TampuError
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tampu.build.model import Target
    from tampu.build.stack import Stack
    from tampu.world.files import File

LAYERS = ".tampu"
PYTHON = "launch/python"


class InTheWay(TampuError):
    reason = "stack::in-the-way"

    def __init__(self, name: str) -> None:
        super().__init__(
            title=f"The app has a file called `{name}`",
            found=f"{name}, a file at the top of the app",
            expected="nothing of that name, or a folder",
            todo=(
                f"What starts nginx and the app is put into the folder `{name}`. Rename the file, commit that\n"
                "and build again. Or name a `web` process in Procfile: then that one starts the app."
            ),
        )


def refuse_files(target: Target, wanted: Iterable[File]) -> None:
    for name in sorted({PurePosixPath(file.path).parts[0] for file in wanted}):
        if (target.home / name).exists() and not (target.home / name).is_dir():
            raise InTheWay(name)


def own(target: Target, wanted: Iterable[File]) -> tuple[str, ...]:
    """The paths under which the app has files that no earlier build put there."""
    earlier = _written(target.dot_tampu)
    return tuple(file.path for file in wanted if _is_apps(target.app / file.path, earlier.get(file.path)))


def place(stack: Stack, target: Target, wanted: tuple[File, ...], kept: tuple[str, ...]) -> None:
    ours = tuple(file for file in wanted if file.path not in kept)
    files.write(target.home, ours)
    launch = launch_files()
    files.write(target.dot_tampu, (*launch, *paste_files(stack), stack_file(stack, ours)))
    for found in (target.dot_tampu / "launch").glob("*.py"):
        if f"launch/{found.name}" not in {file.path for file in launch}:
            found.unlink()
    point(target.dot_tampu / PYTHON, f"../{stack.python}")
    way = os.path.relpath(target.app, target.home)
    if target.home != target.app:
        point(target.home / LAYERS, os.path.relpath(target.layers, target.home))
        for path in kept:
            up = "../" * (len(PurePosixPath(path).parts) - 1)
            point(target.home / path, f"{up}{way}/{path}")
    lay(target, stack.approot)


def _is_apps(path: Path, earlier: str | None) -> bool:
    if path.is_symlink() or path.is_dir():
        return True
    return path.is_file() and digest(path.read_bytes().decode("utf-8", "surrogateescape")) != earlier


def _written(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / STACK_JSON).read_text(encoding="utf-8"))["written"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
