"""What was measured of all side by side, what it must reach, and whether it has fallen since it was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

OURS = ("tampu", "bin/")
SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit in words, what was found and what was allowed: at most that, or at least."""

    limit: str
    found: float
    allowed: float
    unit: str = "s"
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.found >= self.allowed if self.at_least else self.found <= self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One thing that was measured of all, round by round; `more` is whether more of it is better.

    `marks` are what no rival does: what it takes to do less.
    """

    title: str
    unit: str = "s"
    samples: Mapping[str, Sequence[float]]
    more: bool = False
    marks: tuple[str, ...] = ()

    @property
    def ours(self) -> tuple[str, ...]:
        return tuple(name for name in self.samples if name.startswith(OURS))

    @property
    def rivals(self) -> tuple[str, ...]:
        return tuple(name for name in self.samples if name not in (*self.ours, *self.marks))

    def times(self, own: str, rival: str) -> float:
        """How many times as good the first one is as the second."""
        better, worse = (own, rival) if self.more else (rival, own)
        return median(self.samples[better]) / median(self.samples[worse])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    what: str
    own: str
    rival: str
    now: float
    recorded: float

    @property
    def holds(self) -> bool:
        return self.now >= self.expected

    @property
    def expected(self) -> float:
        return SHARE * self.recorded

    @property
    def name(self) -> str:
        return f"{self.what}, {self.own} beside {self.rival}"


def ratios(now: Iterable[Panel], recorded: Iterable[Panel]) -> Iterator[Ratio]:
    """Of all that were measured then as well."""
    then = {panel.title: panel for panel in recorded}
    for panel in now:
        before = then.get(panel.title)
        for own, rival in product(panel.ours, panel.rivals):
            if before and {own, rival} <= set(before.samples):
                times, times_before = panel.times(own, rival), before.times(own, rival)
                yield Ratio(what=panel.title, own=own, rival=rival, now=times, recorded=times_before)
