"""Packages of the distribution: installed by apt-get for whoever has said yes, and named for all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.service.step import run
from tampu.values import dataclass
from tampu.world.console import Notice
from tampu.world.run import CommandFailed, CommandMissing

if TYPE_CHECKING:
    from tampu.service.journal import Journal
    from tampu.service.machine import Machine

INSTALLED = "installed"
HINT = "Its own words are above. Look the names up with apt-cache search, and try apt-get update."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """They belong to the machine: nobody takes them away with the service."""

    packages: tuple[str, ...]
    agreed: bool

    @property
    def title(self) -> str:
        return "Packages of the distribution"

    @property
    def shown(self) -> tuple[str, ...]:
        return (" ".join(self._words()) + ("" if self.agreed else "   (only with --yes)"),)

    @property
    def makes(self) -> tuple[str, ...]:
        return ()

    def act(self, machine: Machine, journal: Journal) -> Journal:
        missing = [name for name in self.packages if not _is_installed(name, machine)]
        if missing and (machine.staged or not self.agreed):
            text = f"not installed, as nobody said --yes: {', '.join(missing)}.\nInstall: {' '.join(self._words())}"
            machine.world.say.notice(Notice(name="service::dependencies", text=text))
        elif missing:
            run(machine.command(*self._words(), hint=HINT), machine, "Installing packages of the distribution")
        return journal

    def _words(self) -> tuple[str, ...]:
        return ("apt-get", "install", "--yes", "--no-install-recommends", *self.packages)


def _is_installed(name: str, machine: Machine) -> bool:
    ask = machine.command("dpkg-query", "--show", "--showformat", "${db:Status-Status}\n", name)
    try:
        return set(machine.world.run.ask(ask).split()) == {INSTALLED}
    except (CommandFailed, CommandMissing):
        return False
