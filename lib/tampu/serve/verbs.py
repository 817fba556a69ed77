"""start, stop, restart and status of a server in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tampu.daemon import become, identity, readiness, shown, start, stop
from tampu.daemon.identity import ALIVE, BEYOND_US, State
from tampu.daemon.status import status
from tampu.errors import TampuError
from tampu.serve import logs, place, sockets, wishes
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.daemon.identity import Found
    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish
    from tampu.serve.options import Call
    from tampu.serve.program import Program
    from tampu.world.console import Console

NOTHING_TO_STOP, STILL_THERE = 1, 3
NOT_RUNNING, UNKNOWN = 1, 4
PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """`room` makes room for the new server, and gives the sockets that it is to go on with."""

    call: Call
    program: Program
    wish: Wish
    place: Place
    room: Callable[[Lock], list[int]]


class NotServed(TampuError):
    reason = "serve::not-served"

    def __init__(self, title: str, call: Call, error: TampuError) -> None:
        why = error.found.partition("\n")[0]
        super().__init__(
            title=f"{title} isn't served",
            found=why,
            expected=f"a server that answers within {wishes.PATIENCE:.0f} seconds",
            todo=f"Mend what it says. All that it wrote is in {call.log}.",
        )


def tell_status(call: Call, say: Console) -> int:
    there = place.of(call)
    found = status(there)
    if found.state in BEYOND_US:
        say.step(f"Whether a server runs can't be told: {_reason(there, found.state, found.pid)}")
        return UNKNOWN
    if found.state not in ALIVE:
        say.step(f"No server runs: {_reason(there, found.state, found.pid)}")
        return NOT_RUNNING
    several = f"{found.processes} process{'' if found.processes == 1 else 'es'}"
    say.step(f"The server of {call.pid} {shown.GOES_ON[found.state]} in process {found.pid}")
    say.detail(f"for {shown.span(found.uptime)}, {found.memory / shown.MIB:.1f} MB in {several}")
    return 0


def stop_it(call: Call, say: Console) -> int:
    there = place.of(call)
    found = identity.look(there)
    if found.state == State.ABSENT:
        say.step(f"No server to stop: {_reason(there, found.state, found.pid)}")
        return NOTHING_TO_STOP
    say.step(f"Stopping the server of {call.pid}")
    try:
        stopped = stop.stop(there, wishes.PATIENCE_AT_STOP)
    except stop.StillThere as error:
        say.error(error)
        return STILL_THERE
    if not stopped.pid:
        say.detail(f"no server ran: {_reason(there, stopped.was, 0)}")
        return NOTHING_TO_STOP
    killed = "; not all of them ended when they were asked to" if stopped.killed else ""
    say.detail(f"process {stopped.pid} and all that it started are gone{killed}")
    return 0


def start_it(call: Call, program: Program, say: Console) -> int:
    there = place.of(call)
    place.make(there)
    wish = wishes.of(call, program, there)

    def free(lock: Lock) -> list[int]:
        start.make_room(there, lock, wish.stop_timeout)
        return []

    try:
        return _begun(Beginning(call=call, program=program, wish=wish, place=there, room=free), say)
    except start.AlreadyRunning:
        found = _settled(there)
    if found.state == State.RUNNING:
        say.step(f"A server runs already, in process {found.pid} (see {call.pid})")
        return 0
    # Somebody else began it a moment ago, and failed.
    return start_it(call, program, say)


def restart_it(call: Call, program: Program, say: Console) -> int:
    """Who calls meanwhile waits for the new one: its sockets are the old one's."""
    from tampu.paste import loading

    # As long as that one runs.
    loading.check(program.ask)
    there = place.of(call)
    place.make(there)
    wish = wishes.of(call, program, there)

    def freed(lock: Lock) -> list[int]:
        handed = sockets.taken_over(identity.find(there, lock))
        try:
            stop.stop_held(there, lock, wish.stop_timeout)
        except BaseException:
            start.let_go(handed)
            raise
        return handed

    return _begun(Beginning(call=call, program=program, wish=wish, place=there, room=freed), say)


def _begun(beginning: Beginning, say: Console) -> int:
    call, wish, there = beginning.call, beginning.wish, beginning.place
    person = become.person(wish)
    with stop.changing(there) as lock:
        written = readiness.length(wish.log)
        handed = beginning.room(lock) or sockets.privileged(beginning.program, person)
        wish = replace(wish, env=sockets.told(wish.env, handed))
        try:
            started = start.launch(wish, there, lock, logs.opened_as(person), person, handed)
        except (readiness.EndedEarly, readiness.NotReady) as error:
            for line in logs.since(call.log, written):
                say.log(line)
            raise NotServed(beginning.program.title, call, error) from error
        finally:
            start.let_go(handed)
    say.step(f"{beginning.program.title} is served by process {started.pid}, and writes to {call.log}")
    return 0


def _settled(there: Place) -> Found:
    deadline = time.monotonic() + wishes.PATIENCE
    while (found := identity.look(there)).state in {State.STARTING, State.STOPPING} and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return found


def _reason(there: Place, state: str, pid: int) -> str:
    reasons = {
        State.ABSENT: f"there is no {there.record}",
        State.DEAD: f"the one of {there.record} has died",
        State.ELSEWHERE: "it is in another PID namespace, such as a container's",
        State.FOREIGN: f"process {pid} runs, and {there.record} is no record of tampu's",
    }
    return reasons[state]
