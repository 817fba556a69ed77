"""Who uses what: a lock on a file or folder, held for as long as a process lives, whatever becomes of it."""

from __future__ import annotations

import fcntl
import os
import time

TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.remote.agent.places import Store
    from tampu.remote.agent.tasks import Returns

MOMENT = 0.01
# In looks, a moment apart.
PATIENCE = 1000


def held(path: str, way: int, create: int = os.O_CREAT) -> int:
    """A hold on it, or -1 where somebody has one that doesn't go with it."""
    while True:
        hold = os.open(path, os.O_RDONLY | create, 0o600)
        try:
            fcntl.flock(hold, way | fcntl.LOCK_NB)
            # It may have been removed, and another put there, between the two.
            if os.path.samestat(os.fstat(hold), os.stat(path)):
                return hold
        except BlockingIOError:
            os.close(hold)
            return -1
        except FileNotFoundError:
            pass
        os.close(hold)


def inside(store: Store) -> int:
    """A hold on the whole store, which is made if need be: it isn't removed meanwhile. -1 while it is being removed."""
    ground = {} if os.path.isdir(store.path) else store.ground()
    try:
        os.makedirs(store.path, 0o700, exist_ok=True)
        hold = held(store.path, fcntl.LOCK_SH, 0)
    except FileNotFoundError:
        return -1
    if hold >= 0:
        store.make(ground)
    return hold


def entering(store: Store) -> Returns:
    """Until it can be had, in steps."""
    for _ in range(PATIENCE):
        hold = inside(store)
        if hold >= 0:
            return hold
        yield MOMENT
    raise OSError(f"{store.path} is being removed")


def entering_what_is_there(store: Store) -> Returns:
    """As entering, but nothing is made: -1 if nobody keeps anything here."""
    while os.path.isdir(store.locks):
        try:
            hold = held(store.path, fcntl.LOCK_SH, 0)
        except FileNotFoundError:
            break
        if hold >= 0:
            return hold
        yield MOMENT
    return -1


def entered(store: Store) -> int:
    steps = entering(store)
    while True:
        try:
            time.sleep(next(steps))
        except StopIteration as end:
            return int(end.value)


def release(holds: list[int]) -> None:
    while holds:
        os.close(holds.pop())


def leased(store: Store, spec: dict[str, object]) -> tuple[list[int], list[list[str]]]:
    """Holds on all that a run needs, and what of it isn't there."""
    holds, lacking = [entered(store)], []
    for kind, name in store.needs(spec):
        there = store.has(kind, name)
        hold = held(store.lock(kind, name), fcntl.LOCK_SH) if there else -1
        # While it was waited for, it may have been taken away.
        if hold >= 0 and store.has(kind, name):
            os.utime(hold)
            holds.append(hold)
        else:
            release([hold] if hold >= 0 else [])
            lacking.append([kind, name])
    if lacking:
        release(holds)
    return holds, lacking
