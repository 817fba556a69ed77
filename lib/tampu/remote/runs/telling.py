"""What is said about a run beside what it says itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tampu.remote.choose.model import TOLD
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.remote.call.here import Here
    from tampu.remote.choose.model import Choice, Unsure
    from tampu.remote.runs.running import Outcome
    from tampu.world.console import Console

NAMES = {"trees": "the code", "envs": "the packages", "pythons": "Python"}
MEGABYTE = 1 << 20
# What is done sooner needs no word.
PATIENCE = 1.0
BETWEEN = 5.0


def told(say: Console, host: str, outcome: Outcome) -> int:
    """Its exit code; and why, where the script itself could not say it."""
    if outcome.error:
        say.notice(Notice(name="remote-not-started", text=f"{host} can't start the script: {outcome.error}."))
    if outcome.lost:
        text = f"Nobody on {host} knows how {outcome.name} ended: it was killed there with all that watched it."
        say.notice(Notice(name="remote-lost", text=text))
    return outcome.exit_code


def choices(here: Here, chosen: Iterable[Choice], unsure: Iterable[Unsure], left_out: Iterable[str]) -> None:
    """What was guessed, and with -N what was told, too."""
    noisy = here.call.asks("noisy")
    for each in chosen:
        if noisy or each.confidence != TOLD:
            here.say.detail(f"{each.name}: {each.requirement} ({each.confidence}: {each.because})")
    for other in unsure:
        here.say.detail(f"{other.name}: undecided ({other.because}); {other.where}")
    for name in left_out if noisy else ():
        here.say.detail(f"{name}: left out, for the script can do without it")


class Progress:
    """How far something has come that takes its time."""

    def __init__(self, here: Here, host: str) -> None:
        self._here = here
        self._host = host
        self._began = time.monotonic()
        self._said = 0.0
        self._noisy = here.call.asks("noisy")

    def __call__(self, kind: str, done: int, whole: int) -> None:
        now = time.monotonic()
        quiet = not self._noisy and (whole < MEGABYTE or now - self._began < PATIENCE)
        if quiet or now - self._said < BETWEEN:
            return
        if not self._said:
            self._here.say.step(f"Sending {NAMES.get(kind, kind)} to {self._host}")
        self._said = now
        self._here.say.detail(f"{done / MEGABYTE:.0f} of {whole / MEGABYTE:.0f} MB")
