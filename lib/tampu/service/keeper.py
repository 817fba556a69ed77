"""What every keeper of services can do, whoever it is."""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from tampu.errors import TampuError
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.service.wish import Wish
    from tampu.world.run import Command

LINES_SHOWN = 10
# As long as a program that can't start usually needs to find out.
TRIAL = 1.0
# And so often it is looked at: the machine may stand still, or be busy, for all of that time.
LOOKS = 10
PATIENCE = 120.0
PAUSE = 0.05


class Mode(Enum):
    """What a service is doing, with the exit code that says so (as LSB has them)."""

    RUNNING = ("running", 0)
    STARTING = ("starting", 0)
    STOPPING = ("stopping", 3)
    STOPPED = ("stopped", 3)
    FAILED = ("failed", 1)
    RETRYING = ("retrying", 1)
    UNKNOWN = ("unknown", 4)

    @property
    def word(self) -> str:
        return self.value[0]

    @property
    def code(self) -> int:
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`since` is the time of its last start, as a number of seconds; 0 when there was none."""

    mode: Mode
    pid: int = 0
    since: float = 0.0

    @property
    def alive(self) -> bool:
        return self.mode in {Mode.RUNNING, Mode.STARTING, Mode.RETRYING}


class NoKeeper(TampuError):
    reason = "service::no-keeper"

    def __init__(self, keeper: str, why: str, todo: str) -> None:
        super().__init__(
            title=f"{keeper} doesn't run here",
            found=why,
            expected=f"a {keeper} that keeps services running",
            todo=todo,
        )


class DidNotStart(TampuError):
    reason = "service::did-not-start"

    def __init__(self, name: str, found: str, lines: Iterable[str]) -> None:
        said = "\n".join(line[:80] for line in lines)
        super().__init__(
            title=f"{name} did not start",
            found=f"{found}\n{said or '(it wrote nothing)'}",
            expected=f"a program that is still there after {TRIAL:g} s",
            todo=f"It is stopped now. All that it wrote: tampu service logs {name}",
        )


class Keeper(Protocol):
    """systemd or supervisord, on this machine."""

    def refuse_absent(self) -> None:
        """An error unless it runs here."""

    def texts(self, wish: Wish) -> Mapping[str, str]:
        """The files that it reads, by path."""

    def links(self, wish: Wish) -> Mapping[str, str]:
        """Links that make it start the service at boot."""

    def folders(self, name: str) -> tuple[str, ...]:
        """Folders of root's that it needs for the service."""

    def taken(self, name: str) -> tuple[str, ...]:
        """Paths of others who have that name already, if they are there."""

    def take_up(self, name: str) -> None:
        """Read the service's files, now that they are new, or gone."""

    def state(self, name: str) -> State:
        """What it is doing."""

    def start(self, name: str) -> None:
        """Start it, unless it runs."""

    def stop(self, name: str) -> None:
        """Stop it, and wait until all of it is gone."""

    def logs(self, name: str, lines: int, *, follow: bool) -> Command:
        """The command that shows what it wrote."""

    def last_lines(self, name: str) -> tuple[str, ...]:
        """The end of that."""


def await_up(keeper: Keeper, name: str) -> State:
    """Until it has stayed for a while; what doesn't is stopped, and an error."""
    first, deadline = keeper.state(name), time.monotonic() + PATIENCE
    stays_until, looks = time.monotonic() + TRIAL, 0
    while time.monotonic() < deadline:
        now = keeper.state(name)
        lost = not now.alive or now.mode is Mode.RETRYING or (first.pid and now.pid != first.pid)
        if lost:
            break
        first, looks = now, looks + 1
        if now.mode is Mode.RUNNING and looks >= LOOKS and time.monotonic() >= stays_until:
            return now
        time.sleep(PAUSE)
    lines = keeper.last_lines(name)
    found = keeper.state(name).mode
    keeper.stop(name)
    raise DidNotStart(name, f"{found.word}. It said:", lines)
