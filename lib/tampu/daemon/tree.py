"""Who belongs to a daemon: told by the token that it handed down, by descent, or by session; and nobody else."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tampu.daemon import processes
from tampu.daemon.identity import answers_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.daemon.identity import Found
    from tampu.daemon.processes import Grip, Process


@contextmanager
def members(found: Found) -> Iterator[list[Grip]]:
    """All that belongs to it now, the daemon itself first; each is held, and let go of at the end."""
    grips: list[Grip] = []
    try:
        _gather(found, grips)
        yield grips
    finally:
        for each in grips:
            each.close()


def _gather(found: Found, grips: list[Grip]) -> None:
    there, tokens = _candidates(found)
    main = _held(found.process, found) if found.process else None
    if main:
        grips.append(main)
    own = found.record.token if found.record else tokens.get(found.pid, "")
    for process in there:
        token = tokens[process.pid]
        handed_down = token != "" and token == own
        beside = token == "" and main is not None and _in_session(found, process)
        if (handed_down or beside) and process.pid != found.pid and (held := _held(process, found)):
            grips.append(held)
    _descend(found, grips, [process for process in there if not tokens[process.pid]])


def _candidates(found: Found) -> tuple[list[Process], dict[int, str]]:
    """Who is younger than the daemon, and whose token each has."""
    oldest = found.record.oldest if found.record else found.process.ticks if found.process else 0
    there = [each for each in processes.everyone() if each.ticks >= oldest and each.pid != os.getpid()]
    return there, {process.pid: processes.token(process.pid) for process in there}


def _descend(found: Found, grips: list[Grip], there: list[Process]) -> None:
    """Children of who is held, and theirs; one with another daemon's token is that one's, with all below it."""
    held = {each.pid for each in grips}
    for parent in grips:
        for process in there:
            if process.parent == parent.pid and process.pid not in held and (child := _held(process, found)):
                now = processes.read(child.pid)
                # As long as the parent is there, nobody else can have its number.
                if now and now.parent == parent.pid and not parent.gone():
                    held.add(child.pid)
                    grips.append(child)
                else:
                    child.close()


def _held(process: Process, found: Found) -> Grip | None:
    return processes.grip(process) if answers_for(found.record, process.pid) else None


def _in_session(found: Found, process: Process) -> bool:
    """In the session that the daemon began, or was begun in: its number is nobody else's while the daemon is there."""
    main = found.process
    if main is None or process.session != main.session:
        return False
    return main.session == main.pid or (found.record is not None and found.record.session == main.session)
