"""Bytecode, made in the background once something has run: what runs again begins sooner."""

from __future__ import annotations

import fcntl
import os

from tampu.remote.agent.holding import held
from tampu.remote.agent.places import ENVS, TREES

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.agent.places import Store

# Whoever removes the mark wants it to end. A script may write modules of its own copy anew: these are looked at.
COMPILE = """
import compileall, os, py_compile, sys
from importlib.util import cache_from_source
def there(path, way):
    try:
        with open(cache_from_source(path), "rb") as file:
            return way == "UNCHECKED_HASH" and int.from_bytes(file.read(8)[4:], "little") == 1
    except OSError:
        return False
for place, mark, way in zip(*[iter(sys.argv[1:])] * 3):
    for folder, _, names in os.walk(place):
        for name in names:
            if not os.path.exists(mark):
                sys.exit()
            path = os.path.join(folder, name)
            if name.endswith(".py") and not there(path, way):
                mode = py_compile.PycInvalidationMode[way]
                compileall.compile_file(path, force=True, quiet=2, invalidation_mode=mode)
    with open(mark, "w") as file:
        file.write("done")
"""
WAYS = {TREES: "CHECKED_HASH", ENVS: "UNCHECKED_HASH"}
KINDEST = 19


def mark_of(store: Store, kind: str, name: str) -> str:
    return store.lock(kind, name) + ".pyc"


def compile_at_last(store: Store, spec: dict[str, Any], holds: list[int]) -> None:
    """What a supervisor becomes after its run, unless others were there before; it keeps its holds."""
    words = []
    for kind, name in store.needs(spec):
        mark = mark_of(store, kind, name)
        if kind not in WAYS or (os.path.exists(mark) and os.path.getsize(mark)):
            continue
        hold = held(mark, fcntl.LOCK_EX)
        if hold >= 0:
            holds.append(hold)
            words += [store.place(kind, name), mark, WAYS[kind]]
    if words:
        for hold in holds:
            os.set_inheritable(hold, True)  # noqa: FBT003 - its name
        os.nice(KINDEST)
        os.chdir("/")
        os.execv(spec["interpreter"], [spec["interpreter"], "-I", "-S", "-c", COMPILE, *words])  # noqa: S606 - words


def stopped(store: Store, kind: str, name: str) -> bool:
    """Whether somebody was at it, who ends now."""
    mark = mark_of(store, kind, name)
    if not os.path.exists(mark):
        return False
    hold = held(mark, fcntl.LOCK_EX)
    os.unlink(mark)
    if hold >= 0:
        os.close(hold)
    return hold < 0
