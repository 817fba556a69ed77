"""The last step but one: what is set up runs, as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.service import accounts
from tampu.service.keeper import await_up
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from tampu.service.journal import Journal
    from tampu.service.keeper import Keeper
    from tampu.service.machine import Machine
    from tampu.service.wish import Wish


def stop(journal: Journal, keeper: Keeper) -> None:
    """All of it: where the user is ours, whatever runs as that user is a part of the service."""
    keeper.stop(journal.name)
    if journal.user_is_ours and accounts.user(journal.user):
        accounts.end_all(journal.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Only what has changed is started anew. Who has stopped an unchanged service finds it stopped afterwards."""

    wish: Wish
    keeper: Keeper
    key: str

    @property
    def title(self) -> str:
        return "Starting it" if self.wish.enable else "Telling its keeper"

    @property
    def shown(self) -> tuple[str, ...]:
        if self.wish.enable:
            return (f"{self.wish.backend} starts {self.wish.name} now, and whenever the machine starts",)
        return (f"{self.wish.backend} starts {self.wish.name} when it is told to",)

    @property
    def makes(self) -> tuple[str, ...]:
        return ()

    def act(self, machine: Machine, journal: Journal) -> Journal:
        if machine.staged or journal.started == self.key:
            return journal
        name = self.wish.name
        before = self.keeper.state(name)
        self.keeper.take_up(name)
        if self.wish.enable or before.alive:
            # supervisord starts what is new to it at once.
            if self.keeper.state(name).pid == before.pid:
                stop(journal, self.keeper)
            self.keeper.start(name)
            await_up(self.keeper, name)
        return replace(journal, started=self.key)
