"""How a daemon is doing, in numbers of this moment, with the exit codes that init scripts have agreed on."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon import identity, tree
from tampu.daemon.identity import ALIVE, State
from tampu.values import dataclass

if TYPE_CHECKING:
    from tampu.daemon.identity import Found
    from tampu.daemon.places import Place

RUNNING, DEAD, NOT_RUNNING, UNKNOWN = 0, 1, 3, 4
EXIT_CODES = {
    **dict.fromkeys(ALIVE, RUNNING),
    State.DEAD: DEAD,
    State.ABSENT: NOT_RUNNING,
    State.ELSEWHERE: UNKNOWN,
    State.FOREIGN: UNKNOWN,
}
KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`memory` in bytes, of all `processes`, which a dead daemon may have left; `since` is seconds of the epoch."""

    name: str
    state: str
    exit_code: int
    pid: int = 0
    since: float = 0.0
    uptime: float = 0.0
    memory: int = 0
    processes: int = 0


def status(place: Place) -> Status:
    found = identity.look(place)
    with tree.members(found) as grips:
        pids = [each.pid for each in grips]
        memory = sum(map(_memory, pids))
    alive = found.state in ALIVE
    uptime = _uptime(found) if alive else 0.0
    return Status(
        name=place.name,
        state=found.state,
        exit_code=EXIT_CODES[found.state],
        pid=found.pid,
        since=time.time() - uptime if alive else 0.0,
        uptime=uptime,
        memory=memory,
        processes=len(pids),
    )


def _uptime(found: Found) -> float:
    """By the clock that goes on while the machine sleeps, and that nobody sets."""
    if not found.process:
        return 0.0
    since_boot = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return max(0.0, since_boot - found.process.ticks / os.sysconf("SC_CLK_TCK"))


def _memory(pid: int) -> int:
    """Its share of what it has in common with others; all of it, where the kernel doesn't tell shares."""
    for file, name in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith(name):
                    return int(line.split()[1]) * KIB
    return 0
