"""Where those who want a service come to: by a call or by a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.platforms.surroundings import cache_home, with_mirror, world_of
from tampu.service import carry, planning
from tampu.service.control import find, keeper_of
from tampu.service.machine import Machine
from tampu.service.supervisord import answering
from tampu.service.wish import read
from tampu.values import dataclass
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.service.planning import Plan
    from tampu.service.wish import Wish
    from tampu.world.console import Console


@dataclass(frozen=True, slots=True)
class Desk:
    machine: Machine

    @classmethod
    def open(cls, environ: Mapping[str, str], root: Path, say: Console | None = None) -> Desk:
        console, home = say or PlainConsole(), cache_home(environ)
        own = home / "services"
        own.mkdir(parents=True, exist_ok=True)
        world = world_of(Cache(own, common=home), with_mirror(environ), console)
        return cls(Machine(root=root.absolute(), world=world))

    def read(self, words: Mapping[str, object], origin: str) -> Wish:
        return read(words, origin, Path.cwd(), {})

    def plan(self, wish: Wish, *, agreed: bool) -> Plan:
        """Told as it is decided; notices too."""
        world, keeper = self.machine.world, keeper_of(wish.backend, wish.supervisord, self.machine)
        made = planning.plan(wish, world, keeper, agreed=agreed)
        world.say.step("Deciding")
        for choice in made.choices:
            world.say.detail(f"{choice.what}: {choice.because}")
        for notice in made.notices:
            world.say.notice(notice)
        return made

    def set_up(self, wish: Wish, *, agreed: bool) -> None:
        keeper = keeper_of(wish.backend, wish.supervisord, self.machine)
        if not self.machine.staged:
            keeper.refuse_absent()
        with answering():
            carry.set_up(self.plan(wish, agreed=agreed), keeper, self.machine)
        say = self.machine.world.say
        if self.machine.staged:
            say.step(f"{wish.name} is in {self.machine.root}")
            say.detail("Its user, its configuration and its start are left to whoever installs it:")
            say.detail(f"tampu service init {wish.origin}")
        else:
            say.step(f"{wish.name} is set up")

    def remove(self, word: str) -> None:
        with answering():
            service = find(word, self.machine)
            carry.take_away(service.name, service.keeper, self.machine)
        self.machine.world.say.step(f"{service.name} is gone")
