"""Services that are set up: found by file or by name, told to start and stop, asked how they are."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.service.journal import names, read_journal
from tampu.service.keeper import Mode, await_up
from tampu.service.running import stop
from tampu.service.supervisord import Supervisord
from tampu.service.systemd import Systemd
from tampu.service.wish import NAME, Unknown, read_file
from tampu.values import dataclass
from tampu.world.run import Processes

if TYPE_CHECKING:
    from tampu.service.keeper import Keeper
    from tampu.service.machine import Machine

AT_ONCE = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    keeper: Keeper
    machine: Machine

    def start(self) -> int:
        self.keeper.start(self.name)
        pid = await_up(self.keeper, self.name).pid
        self.machine.world.say.step(f"{self.name} runs, pid {pid}")
        return 0

    def restart(self) -> int:
        self._end()
        return self.start()

    def stop(self) -> int:
        self._end()
        self.machine.world.say.step(f"{self.name} is stopped")
        return 0

    def status(self, *, as_json: bool) -> int:
        state, say = self.keeper.state(self.name), self.machine.world.say
        since = (
            datetime.fromtimestamp(state.since, tz=timezone.utc).isoformat(timespec="seconds") if state.since else ""
        )
        if as_json:
            told = {"name": self.name, "state": state.mode.word, "pid": state.pid or None, "since": since or None}
            say.document(json.dumps(told) + "\n")
        else:
            more = f", pid {state.pid}, since {since}" if state.pid else ""
            say.log(f"{self.name}: {state.mode.word}{more}")
        return state.mode.code

    def logs(self, lines: int, *, follow: bool) -> int:
        say = self.machine.world.say
        process = Processes(say).start(self.keeper.logs(self.name, lines, follow=follow), AT_ONCE)
        for line in process.lines():
            say.log(line)
        return process.wait() or 0

    def _end(self) -> None:
        journal = read_journal(self.name, self.machine)
        if journal:
            stop(journal, self.keeper)
        else:
            self.keeper.stop(self.name)


def keeper_of(backend: str, config: Path | None, machine: Machine) -> Keeper:
    return Systemd(machine) if backend == "systemd" else Supervisord(machine, config)


def find(word: str, machine: Machine) -> Service:
    """By the file that describes it, or by its name."""
    name, backend, config = _asked(word, machine)
    keeper = keeper_of(backend, config, machine)
    if not machine.staged:
        keeper.refuse_absent()
        if read_journal(name, machine) is None and keeper.state(name).mode is Mode.UNKNOWN:
            raise _unknown(word, machine)
    return Service(name=name, keeper=keeper, machine=machine)


def _asked(word: str, machine: Machine) -> tuple[str, str, Path | None]:
    if NAME.fullmatch(word):
        journal = read_journal(word, machine)
        if journal is None:
            raise _unknown(word, machine)
        return word, journal.backend, Path(journal.supervisord) if journal.supervisord else None
    wish = read_file(Path(word))
    return wish.name, wish.backend, wish.supervisord


def _unknown(word: str, machine: Machine) -> Unknown:
    return Unknown(f"{word} (set up here: {', '.join(names(machine)) or 'none'})")
