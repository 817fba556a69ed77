"""A server that keeps the terminal: this very process becomes it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tampu.daemon import become, start, stop
from tampu.daemon.processes import TOKEN
from tampu.serve import logs, place, sockets, wishes
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish
    from tampu.serve.command import Become
    from tampu.serve.options import Call
    from tampu.serve.program import Program
    from tampu.world.console import Console

OUTPUTS = (1, 2)


def serve(call: Call, program: Program, say: Console, execute: Become) -> int:
    there = place.of(call)
    wish = wishes.of(call, program, there)
    person = become.person(wish)
    env = sockets.told(program.env, _inheritable(sockets.privileged(program, person)))
    if call.pid_file:
        env |= _known(there, wish)
        program = replace(program, ask=replace(program.ask, pid_file=str(call.pid_file)))
    say.rest()
    if call.log_file:
        _write_to(logs.opened_as(person)(wish))
    become.switch(person)
    return execute(program.python, list(program.argv), env)


def _known(there: Place, wish: Wish) -> dict[str, str]:
    """Who names the same pid file finds it, and can stop it: this process stays the same."""
    place.make(there)
    with stop.changing(there) as lock:
        start.make_room(there, lock, wish.stop_timeout)
        token, mark = start.stand_in(there, lock)
        _inheritable((lock.descriptor, mark))
    return {TOKEN: token}


def _write_to(log: int) -> None:
    for descriptor in OUTPUTS:
        os.dup2(log, descriptor)
    os.close(log)


def _inheritable(descriptors: Sequence[int]) -> Sequence[int]:
    for each in descriptors:
        os.set_inheritable(each, True)  # noqa: FBT003 - its only form
    return descriptors
