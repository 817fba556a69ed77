"""Which process is the daemon, if any: told by its lock, else by the record's evidence, never by a number."""

from __future__ import annotations

import os

from tampu.daemon import locks, processes, record_lock, records
from tampu.daemon.places import ROOT
from tampu.daemon.records import Foreign, Record
from tampu.errors import TampuError
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place
    from tampu.daemon.processes import Process


class State:
    """Plain words, for to load enum takes as long as a whole daemon to start."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    DEAD = "dead"
    ABSENT = "not running"
    ELSEWHERE = "in another PID namespace"
    FOREIGN = "started by something else"


ALIVE = frozenset({State.STARTING, State.RUNNING, State.STOPPING})
BEYOND_US = frozenset({State.ELSEWHERE, State.FOREIGN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`process` is the daemon, if it runs and we may touch it; `pid` is 0 where nobody is or none is to be seen."""

    state: str
    pid: int = 0
    process: Process | None = None
    record: Record | None = None


class OutOfReach(TampuError):
    reason = "daemon::out-of-reach"

    def __init__(self, place: Place, found: Found) -> None:
        if found.state == State.ELSEWHERE:
            fact = f"{place.name} runs, but in another PID namespace (such as a container)"
            advice = "Stop it from there. Nobody is signalled from here: the number would be somebody else's."
        else:
            fact = f"process {found.pid} runs, and {place.record} is no record of tampu's"
            advice = (
                f"If process {found.pid} isn't {place.name}, remove {place.record}.\n"
                "Else stop it first, the way it was started."
            )
        super().__init__(
            title=f"Whether that is {place.name} can't be told, so it is left alone",
            found=fact,
            expected=f"a process that is known to be {place.name}",
            todo=advice,
        )


def find(place: Place, lock: Lock | None) -> Found:
    """Without a lock, as for somebody else's daemon, the record has to do."""
    record = records.read(place)
    ours = record if isinstance(record, Record) else None
    found = _by_lock(lock, ours) if lock else None
    if found:
        return found
    if isinstance(record, Foreign):
        there = record.pid and processes.read(record.pid)
        return Found(state=State.FOREIGN, pid=record.pid) if there else Found(state=State.DEAD)
    if not ours:
        return Found(state=State.ABSENT)
    found = _by_evidence(lock, ours)
    # While we looked, it may have been stopped in order, and another one started.
    return found if found.state != State.DEAD or records.read(place) == record else find(place, lock)


def look(place: Place) -> Found:
    """For one who only asks."""
    try:
        lock = locks.look_at(place)
    except OSError:
        lock = None
    try:
        return find(place, lock)
    finally:
        if lock:
            lock.close()


def answers_for(record: Record | None, pid: int) -> bool:
    """Whether the writer of that record may speak for that process: else any user could have root signal anybody."""
    return os.geteuid() != ROOT or record is None or record.owner in {ROOT, processes.owner(pid)}


def _by_lock(lock: Lock, record: Record | None) -> Found | None:
    holder = lock.holder(locks.LIFE)
    if holder == record_lock.ELSEWHERE:
        return Found(state=State.ELSEWHERE, record=record)
    process = processes.read(holder) if holder else None
    if not process:
        return None
    fits = record if record and (record.pid, record.ticks) == (process.pid, process.ticks) else None
    return Found(state=_doing(lock), pid=process.pid, process=process, record=fits)


def _by_evidence(lock: Lock | None, record: Record) -> Found:
    process = records.is_alive(record)
    if process:
        return Found(state=_doing(lock), pid=record.pid, process=process, record=record)
    # Of one who is being stopped, there may be workers still.
    at_it = lock is not None and lock.holder(locks.STOP) is not None
    return Found(state=State.STOPPING if at_it else State.DEAD, record=record)


def _doing(lock: Lock | None) -> str:
    if lock and lock.holder(locks.STOP) is not None:
        return State.STOPPING
    if lock and lock.holder(locks.READINESS) is not None:
        return State.STARTING
    return State.RUNNING
