"""Stop a daemon: ask its main process, then all that it left, then nobody is asked any more."""

from __future__ import annotations

import os
import time

from tampu.daemon import identity, locks, processes, records, signals
from tampu.daemon.identity import ALIVE, BEYOND_US, OutOfReach, State
from tampu.errors import TampuError
from tampu.values import dataclass, replace

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.daemon.identity import Found
    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place
    from tampu.daemon.processes import Grip

PATIENCE = 10.0
PATIENCE_WITH_THE_KILLED = 10.0
# Who is forked while we look is found when we look again.
LOOK_AGAIN = 0.5
LEAST = 0.005
NEVER = float("inf")


class StillThere(TampuError):
    reason = "daemon::unstoppable"

    def __init__(self, place: Place, pids: list[int]) -> None:
        super().__init__(
            title=f"{place.name} can't be stopped",
            found=f"{', '.join(f'process {pid}' for pid in pids)}, which can't be ended",
            expected="processes that you may signal, and that the kernel can end",
            todo=(
                "Try again as the user that they run as. One that waits for a disk or a network file system ends when\n"
                "that answers."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """`pid` is 0 where no daemon ran; `killed` are those that didn't end when they were asked to."""

    pid: int
    was: str
    killed: tuple[int, ...] = ()


def stop(place: Place, timeout: float = PATIENCE) -> Stopped:
    """Returns when all of it is gone."""
    with changing(place) as lock:
        return stop_held(place, lock, timeout)


def changing(place: Place) -> Lock:
    """One at a time starts or stops it; the others wait."""
    lock = locks.open_lock(place)
    try:
        lock.change()
    except BaseException:
        lock.close()
        raise
    return lock


def stop_held(place: Place, lock: Lock, timeout: float) -> Stopped:
    found = identity.find(place, lock)
    if found.state in BEYOND_US:
        raise OutOfReach(place, found)
    ourselves = found.pid == os.getpid()
    lock.take(locks.STOP)
    try:
        killed = end(place, replace(found, process=None) if ourselves else found, timeout)
        if found.state != State.ABSENT:
            records.remove(place)
    finally:
        lock.give_back(locks.STOP)
    if ourselves:
        signals.raise_signal(signals.SIGTERM)
    return Stopped(pid=found.pid if found.state in ALIVE else 0, was=found.state, killed=killed)


def end(place: Place, found: Found, timeout: float) -> tuple[int, ...]:
    """End all that belongs to it; gives back those that had to be killed."""
    if not found.process and not found.record:
        return ()
    from tampu.daemon import tree

    asked: set[tuple[int, str]] = set()
    killed: set[tuple[int, str]] = set()
    deadline, limit = time.monotonic() + timeout, NEVER
    while True:
        with tree.members(found) as grips:
            if not grips:
                return tuple(sorted({pid for pid, _ in killed}))
            main = next((each for each in grips if each.pid == found.pid and found.process), None)
            late = time.monotonic() >= deadline
            if late:
                _signal(place, grips, signals.SIGKILL, killed)
                # From the first one on: before it, the machine may have stood still for longer.
                limit = min(limit, time.monotonic() + PATIENCE_WITH_THE_KILLED)
            else:
                _signal(place, [main] if main else grips, signals.SIGTERM, asked)
            if time.monotonic() > limit:
                raise StillThere(place, [each.pid for each in grips])
            soon = LOOK_AGAIN if late else min(LOOK_AGAIN, deadline - time.monotonic())
            processes.wait([main] if main and not late else grips, max(soon, LEAST))


def _signal(place: Place, grips: list[Grip], number: int, told: set[tuple[int, str]]) -> None:
    """Each once: a handler of TERM may do more at a second one. A shell's child may lose one just before its exec."""
    for each in grips:
        who = (each.pid, f"{each.process.ticks} {processes.program(each.pid)}")
        if who in told:
            continue
        told.add(who)
        try:
            each.signal(number)
            each.signal(signals.SIGCONT)
        except PermissionError as error:
            raise StillThere(place, [each.pid]) from error
