"""What a plan is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tampu.errors import TampuError
from tampu.world.run import CommandFailed, CommandMissing

if TYPE_CHECKING:
    from tampu.service.journal import Journal
    from tampu.service.machine import Machine
    from tampu.world.run import Command


class StepFailed(TampuError):
    reason = "service::failed"

    def __init__(self, what: str, found: str, command: Command) -> None:
        super().__init__(
            title=f"{what} failed",
            found=found,
            expected=f"{command.argv[0].rpartition('/')[2]} to do what it was asked for",
            todo=(f"{command.hint}\nThen run it again: what is done already stays done."),
        )


class Step(Protocol):
    """One thing of a service. Doing it again changes nothing."""

    @property
    def title(self) -> str:
        """What it does, for people."""

    @property
    def shown(self) -> tuple[str, ...]:
        """Every file, user and command of it."""

    @property
    def makes(self) -> tuple[str, ...]:
        """The paths that are there because of it."""

    def act(self, machine: Machine, journal: Journal) -> Journal:
        """Do what is not done yet, and say what is to be remembered of it."""


def run(command: Command, machine: Machine, what: str) -> None:
    try:
        machine.world.run.run(command)
    except (CommandFailed, CommandMissing) as error:
        found = error.ending if isinstance(error, CommandFailed) else str(error)
        raise StepFailed(what, f"{' '.join(command.argv[:2])}: {found}", command) from error
