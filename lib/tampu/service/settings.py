"""The config writer: a script of the service's own that writes what the service reads at its start."""

from __future__ import annotations

import hashlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.service.accounts import group_id
from tampu.service.asked import BadWish
from tampu.service.machine import umask
from tampu.service.step import run
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from tampu.service.journal import Journal
    from tampu.service.machine import Machine
    from tampu.service.releases import Release
    from tampu.service.wish import Wish, Writer
    from tampu.world.run import Command

# Root writes, the service's group reads, nobody else does.
OURS = 0o027
READABLE = 0o640
HINT = "The lines above are the script's own. The service is as it was."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """It runs in its own folder, as root, with the Python of the release and a list of arguments."""

    wish: Wish
    writer: Writer
    release: Release

    @property
    def title(self) -> str:
        return f"Configuration by {self.writer.script.name}"

    @property
    def shown(self) -> tuple[str, ...]:
        return (f"(in {self.writer.script.parent}) {shlex.join(self.words)}", *self.writer.files)

    @property
    def makes(self) -> tuple[str, ...]:
        return self.writer.files

    @property
    def words(self) -> tuple[str, ...]:
        given = {
            "user": self.wish.user,
            "logpath": self.release.places.logs,
            "logfmt": self.writer.log_format,
            **self.writer.options,
        }
        options = (word for name, value in given.items() for word in _option(name, value))
        return (self.release.python, "-B", self.writer.script.name, *options)

    def act(self, machine: Machine, journal: Journal) -> Journal:
        key = self._key()
        places = [Path(path) for path in self.writer.files]
        if machine.staged or (journal.configured == key and all(place.is_file() for place in places)):
            return journal
        with umask(OURS):
            run(self._command(machine), machine, self.writer.script.name)
        for place in places:
            if not place.is_file():
                raise BadWish(self.wish.origin, "config_files", str(place), "files that the config writer writes")
            os.chown(place, 0, group_id(self.wish.user))
            place.chmod(READABLE)
        return replace(journal, configured=key)

    def _command(self, machine: Machine) -> Command:
        command = machine.command(*self.words, hint=HINT)
        env = {**command.env, **self.wish.environment, **self.release.places.variables()}
        return replace(command, cwd=self.writer.script.parent, env=env)

    def _key(self) -> str:
        parts = (*self.words, self.writer.script.read_bytes().hex(), *self.writer.files)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _option(name: str, value: str) -> tuple[str, ...]:
    """A value that looks like an option would be taken for one."""
    return (f"--{name}={value}",) if value.startswith("-") else (f"--{name}", value)
