"""Does what a plan says, and takes all of it away again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.service import accounts
from tampu.service.journal import InTheWay, Journal, read_journal
from tampu.service.machine import Places, umask
from tampu.service.running import stop
from tampu.service.wish import Unknown
from tampu.values import replace
from tampu.world import files

if TYPE_CHECKING:
    from tampu.service.keeper import Keeper
    from tampu.service.machine import Machine
    from tampu.service.planning import Plan
    from tampu.service.wish import Wish

USUAL = 0o022


def set_up(plan: Plan, keeper: Keeper, machine: Machine) -> None:
    with umask(USUAL), machine.alone():
        journal = _claimed(plan, keeper, machine)
        for step in plan.steps:
            machine.world.say.step(step.title)
            journal = step.act(machine, journal)
            journal.write(machine)


def take_away(name: str, keeper: Keeper, machine: Machine) -> None:
    """Whoever is killed meanwhile does it again: the journal goes last."""
    with umask(USUAL), machine.alone():
        journal = read_journal(name, machine)
        if journal is None:
            raise Unknown(name)
        machine.world.say.step(f"Removing {name}")
        if not machine.staged:
            stop(journal, keeper)
        for path in reversed(journal.made):
            machine.world.say.detail(path)
            files.sweep(machine.at(path))
            files.remove(machine.at(path))
        if not machine.staged:
            keeper.take_up(name)
            accounts.take_away(journal, machine)
        for folder in journal.folders:
            with suppress(OSError):
                machine.at(folder).rmdir()
        files.sweep(machine.at(Places(name).journal))
        machine.at(Places(name).journal).unlink()


def _claimed(plan: Plan, keeper: Keeper, machine: Machine) -> Journal:
    wish = plan.wish
    new = Journal(name=wish.name, user=wish.user, backend=wish.backend, supervisord=str(wish.supervisord or ""))
    known = read_journal(wish.name, machine)
    if known is None:
        others = [path for path in keeper.taken(wish.name) if machine.at(path).exists()]
        if others:
            raise InTheWay(wish.name, others)
    else:
        _refuse_another(known, wish)
    journal = replace(known or new, supervisord=new.supervisord).claim(plan.makes, machine)
    journal.write(machine)
    return journal


def _refuse_another(known: Journal, wish: Wish) -> None:
    if (known.user, known.backend) != (wish.user, wish.backend):
        there = f"{known.name} of the user {known.user}, kept by {known.backend}: tampu service remove {known.name}"
        raise InTheWay(wish.name, [there])
