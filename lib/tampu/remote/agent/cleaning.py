"""What goes away: the longest unused, what is asked for, or all; never what somebody uses."""

from __future__ import annotations

import fcntl
import os
import time

from tampu.remote.agent.compiling import stopped
from tampu.remote.agent.holding import MOMENT, entering, entering_what_is_there, held, release
from tampu.remote.agent.places import KINDS, alive, noted, state
from tampu.remote.agent.removing import removed
from tampu.remote.links.wire import Kind, said

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tampu.remote.agent.places import Store
    from tampu.remote.agent.serving import Agent
    from tampu.remote.agent.tasks import Returns, Steps

RUNS_KEPT = 100
WORK_KEPT = 24 * 3600.0
# For what is just about to end; in looks, a moment apart: while the machine stands still, nothing ends.
A_WHILE = 200
# For what is asked to end.
A_LONG_WHILE = 3000
# What a file system counts in.
BLOCK = 512
IN_USE = "it is in use"


def used(store: Store) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in KINDS:
        names = [name for name in os.listdir(os.path.join(store.path, kind)) if name.isalnum()]
        found[kind] = []
        for name in names:
            lock = store.lock(kind, name)
            try:
                at = os.stat(lock).st_mtime
            except FileNotFoundError:
                # Somebody has just taken it away.
                continue
            found[kind].append({"id": name, "size": noted(lock + ".told").get("size", 0), "used": at})
    return found


def collecting(store: Store, budget: int) -> Steps:
    """One at a time, for all who ask for it."""
    hold = yield from entering_what_is_there(store)
    if hold < 0:
        return
    holds = [hold, held(os.path.join(store.locks, "gc"), fcntl.LOCK_EX)]
    try:
        if holds[1] >= 0:
            yield from old_runs(store)
            yield from half_made(store)
            yield from shrinking(store, budget)
    finally:
        release([hold for hold in holds if hold >= 0])


def old_runs(store: Store) -> Steps:
    ended = []
    for name in os.listdir(store.runs):
        exit_note = os.path.join(store.runs, name, "exit")
        if name.isalnum() and os.path.exists(exit_note):
            ended.append((os.stat(exit_note).st_mtime, name))
        yield 0.0
    ended.sort()
    for _, name in ended[:-RUNS_KEPT]:
        yield from ended_run(store, name, 0)
    for at, name in ended[-RUNS_KEPT:]:
        if at < time.time() - WORK_KEPT:
            yield from removed(os.path.join(store.runs, name, "work"))


def half_made(store: Store) -> Steps:
    """Of those who were killed at it."""
    for kind in KINDS:
        for each in os.listdir(os.path.join(store.path, kind)):
            name = each[1:].split(".")[0]
            if each.startswith("."):
                hold = held(store.lock(kind, name), fcntl.LOCK_EX)
                if hold >= 0:
                    yield from removed(os.path.join(store.path, kind, each))
                    # Who made it may have come to the end of it meanwhile.
                    if not os.path.isdir(store.place(kind, name)):
                        forget(store, kind, name)
                    os.close(hold)


def shrinking(store: Store, budget: int) -> Returns:
    each = sorted((one["used"], kind, one["id"]) for kind, some in used(store).items() for one in some)
    while (yield from measured(store.path)) > budget:
        for path, found in files_of(store.blobs):
            yield 0.0
            # No tree has it.
            if found.st_nlink == 1:
                os.unlink(path)
        if not each:
            return
        if (yield from measured(store.path)) > budget:
            yield from going(store, *each.pop(0)[1:])


def measured(folder: str) -> Returns:
    """What it takes of the disk."""
    sizes = {}
    for _, found in files_of(folder):
        yield 0.0
        sizes[found.st_ino] = found.st_blocks * BLOCK
    return sum(sizes.values())


def files_of(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            try:
                yield path, os.lstat(path)
            except FileNotFoundError:
                pass


def going(store: Store, kind: str, name: str) -> Steps:
    """Away with a tree, unless somebody uses it: then it is there afterwards."""
    hold = held(store.lock(kind, name), fcntl.LOCK_EX)
    if hold < 0:
        return
    gone = os.path.join(store.path, kind, f".{name}.gone")
    if os.path.isdir(store.place(kind, name)):
        yield from removed(gone)
        os.rename(store.place(kind, name), gone)
        yield from removed(gone)
    forget(store, kind, name)
    os.close(hold)


def forget(store: Store, kind: str, name: str) -> None:
    """With the hold on it, which ends with that."""
    own = f"{kind}-{name}"
    for each in os.listdir(store.locks):
        if each == own or each.startswith(own + "."):
            os.unlink(os.path.join(store.locks, each))


def ended_run(store: Store, name: str, looks: int) -> Steps:
    """Its supervisor has its last things to do after it has told the end."""
    folder = store.run(name)
    while state(folder):
        if not alive(folder):
            yield from removed(folder)
            return
        if not looks:
            return
        looks -= 1
        yield MOMENT


def clearing(agent: Agent, channel: int, what: str, name: str) -> Steps:
    store = agent.store
    hold = yield from entering(store)
    away: list[list[str]] = []
    left: list[list[str]] = []
    for kind, each in things(store):
        if what != "all" and (kind, each) != (what, name):
            continue
        if kind == "run":
            yield from ended_run(store, each, A_WHILE)
            there = os.path.isdir(store.run(each))
        else:
            yield from patiently(store, kind + "s", each)
            there = os.path.isdir(store.place(kind + "s", each))
        (left if there else away).append([kind, each])
    os.close(hold)
    if what == "all" and not left and not (yield from emptied(store)):
        left.append(["store", store.path])
    told = [[f"{kind} {each}", IN_USE] for kind, each in left]
    agent.say(said(Kind.DONE, channel, removed=[each for _, each in away], left=told))


def things(store: Store) -> list[tuple[str, str]]:
    """Runs before the trees that they use."""
    kinds = (("run", store.runs), *((kind[:-1], os.path.join(store.path, kind)) for kind in KINDS))
    return [(kind, name) for kind, folder in kinds for name in sorted(os.listdir(folder)) if name.isalnum()]


def patiently(store: Store, kind: str, name: str) -> Steps:
    for _ in range(A_LONG_WHILE if stopped(store, kind, name) else A_WHILE):
        if not os.path.isdir(store.place(kind, name)):
            return
        yield from going(store, kind, name)
        yield MOMENT


def emptied(store: Store) -> Returns:
    """The store's own folder goes, and what stands above it is as it was; whether it could be."""
    looks, hold = A_WHILE, -1
    while hold < 0:
        if not looks:
            return False
        looks -= 1
        yield MOMENT
        hold = held(store.path, fcntl.LOCK_EX, 0)
    made = noted(os.path.join(store.path, "made"))
    ours = [store.path]
    for _ in range(made.get("above", 0)):
        ours.append(os.path.dirname(ours[-1]))
    ground = os.path.dirname(ours[-1])
    before = os.stat(ground)
    yield from removed(store.path)
    os.close(hold)
    for folder in ours[1:]:
        if os.listdir(folder):
            return True
        os.rmdir(folder)
    if before.st_mtime_ns == made.get("at"):
        os.utime(ground, ns=(before.st_atime_ns, made["before"]))
    return True
