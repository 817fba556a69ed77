"""A call of `tampu daemon`, and what can be wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon import asked, kept, places
from tampu.errors import TampuError
from tampu.values import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish
    from tampu.world.console import Console


class WrongCall(TampuError):
    reason = "usage::daemon"
    exit_code = 2

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(
            title="That is not a command line of tampu daemon",
            found=message,
            expected=usage,
            todo="`tampu daemon --help` and ACTION --help say more.",
        )


class NothingKept(TampuError):
    reason = "daemon::nothing-kept"
    exit_code = 2

    def __init__(self, place: Place) -> None:
        super().__init__(
            title=f"What {place.name} runs is not known here",
            found=f"no command, and none kept in {place.folder} by a start of {place.name}",
            expected="a command behind --, or a daemon that was started by this user before",
            todo=f"Say what to run: tampu daemon start {place.name} -- COMMAND",
        )


class NoLog(TampuError):
    reason = "daemon::no-log"

    def __init__(self, place: Place, found: str) -> None:
        super().__init__(
            title=f"There is no log of {place.name}",
            found=found,
            expected="a daemon that was started, and that has written to a file",
            todo=f"`tampu daemon list` names those that there are; --pid-dir says where else {place.name} may be.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    options: argparse.Namespace
    command: list[str]
    environ: Mapping[str, str]
    folders: places.Folders
    say: Console

    @property
    def place(self) -> Place:
        return places.place(self.options.name, self.folders.run)

    def wish(self) -> Wish:
        """What is asked for; without a command, what it was started with before."""
        if self.command:
            places.place(self.options.name, self.folders.run)
            return asked.wish(self.options, self.command, self.environ, self.folders, Path.cwd())
        if asked.has_any(self.options):
            raise WrongCall("options and no command", f"tampu daemon {self.options.action} NAME [options] -- COMMAND")
        return self.kept()

    def kept(self) -> Wish:
        found = kept.kept(self.place)
        if not found:
            raise NothingKept(self.place)
        return found
