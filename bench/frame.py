"""The frame of each bench: set up, rounds in which all take turns, what was found, what it must reach."""

from __future__ import annotations

import os
import platform
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from operator import sub
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from tampu import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from judge import Panel, Verdict
    from workshop import Workshop

    How = Literal["quick", "full"]
    Found = Mapping[str, Any]


class Named(Protocol):
    @property
    def name(self) -> str: ...


Each = TypeVar("Each")
WithName = TypeVar("WithName", bound=Named)


class Rounds(Protocol):
    def run(self, number: int) -> None:
        """Those below 0 fill caches, and aren't counted."""

    def found(self) -> Found:
        """What was measured, for JSON; with the `versions` of who was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`set_up` ends before a clock starts; all others read what was found, now or when it was recorded."""

    name: str
    rounds: Mapping[How, int]
    uncounted: int = 0
    needs: tuple[str, ...] = ()
    set_up: Callable[[Workshop, How], Rounds]
    panels: Callable[[Found], Sequence[Panel]]
    judge: Callable[[Found], Iterable[Verdict]]
    tables: Callable[[Found], Iterator[str]]

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(program for program in self.needs if not shutil.which(program))


def set_up(bench: Bench, workshop: Workshop, how: How) -> Rounds:
    print(f"{bench.name}: setting up", flush=True)
    return bench.set_up(workshop, how)


def measure(bench: Bench, running: Rounds, count: int) -> Found:
    began = _spent()
    for number in range(-bench.uncounted, count):
        print(f"{bench.name}: round {number + 1} of {count}", flush=True)
        running.run(number)
    found = dict(running.found())
    passed, used = map(sub, _spent(), began)
    print(f"{bench.name}: {passed:.0f} s, {used:.0f} s of a CPU", flush=True)
    versions = {"tampu": __version__, "Python": platform.python_version(), **found.pop("versions")}
    return {
        "when": datetime.now(tz=timezone.utc).date().isoformat(),
        "rounds": count,
        "versions": versions,
        "machine": f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} CPUs",
        **found,
    }


def _spent() -> tuple[float, float]:
    """Time that has passed, and that of a CPU: what is left of the first when nothing else runs."""
    took = os.times()
    return time.monotonic(), took.user + took.system + took.children_user + took.children_system


def judged(bench: Bench, found: Found) -> Found:
    return {**found, "limits": [asdict(verdict) for verdict in bench.judge(found)]}


def chosen(contestants: Sequence[WithName], how: How, names: Collection[str]) -> tuple[WithName, ...]:
    """All, or in `quick` those of these names."""
    return tuple(each for each in contestants if how == "full" or each.name in names)


def turns(contestants: Sequence[Each], number: int) -> tuple[Each, ...]:
    """Each round begins with another one."""
    first = number % len(contestants)
    return (*contestants[first:], *contestants[:first])
