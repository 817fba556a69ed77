"""Bytecode of an environment that was made for hosts: made here, in the background, for the next host that is near.

An import that finds none makes its own, which takes longer than to send it over a quick link.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode, PyCompileError, compile  # noqa: A004 - its name
from typing import TYPE_CHECKING

from tampu.remote.environments.made import BYTECODE, TOLD, TREE
from tampu.remote.stores.trees import item_of
from tampu.world import files

if TYPE_CHECKING:
    from tampu.remote.environments.target import Target

KINDEST = 19
NEW = "bytecode.new"
TESTS = frozenset({"tests", "test"})


def leave(place: Path, target: Target) -> None:
    """Have it made, where the host's Python understands what this one makes."""
    own = (sys.implementation.name, "{}.{}".format(*sys.version_info[:2]))
    if own != (target.implementation, target.series) or not place.exists() or (place / BYTECODE).exists():
        return
    from tampu.daemon import apart

    with Path(os.devnull).open("rb") as nothing:
        apart.start("tampu.remote.environments.bytecode", str(place), env={}, stdin=nothing.fileno())


def main(place: str) -> int:
    os.nice(KINDEST)
    try:
        _alone(Path(place))
    except OSError:
        # Somebody has removed the environment, or the disk is full: then there is none.
        files.remove(Path(place) / NEW)
    return 0


def _alone(place: Path) -> None:
    with (place / TOLD).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not (place / BYTECODE).exists():
            files.remove(place / NEW)
            (place / NEW).mkdir()
            _make(place, json.load(lock)["items"])


def imported(path: str) -> bool:
    """Whether it is a module that others import, as far as its place tells: seldom are tests run where they lie."""
    return path.endswith(".py") and path.startswith("lib/") and not TESTS & set(path.split("/"))


def _make(place: Path, items: dict[str, object]) -> None:
    told = {}
    for path in items:
        if imported(path):
            made = cache_from_source(path)
            try:
                # Where it lies on the host is put in as it is loaded.
                compile(
                    str(place / TREE / path),
                    str(place / NEW / TREE / made),
                    dfile=path,
                    doraise=True,
                    invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
                )
            except (PyCompileError, ValueError, RecursionError):
                # A template, or for another Python.
                continue
            told[made] = item_of(place / NEW / TREE / made).told()
    files.replace(place / NEW / TOLD, json.dumps(told))
    (place / NEW).rename(place / BYTECODE)
