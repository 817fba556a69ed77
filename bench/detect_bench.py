"""How soon it is told whether an app is one for us, beside programs that start and do nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from commands import timed
from frame import Bench, turns
from house import HOUSE, own_environ
from judge import Panel, Verdict
from tables import SPREAD, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from frame import Found, How
    from workshop import Workshop

OURS, PYTHON, SHELL = "bin/detect", "python3 -I -S -c pass", "sh -c :"
COMMANDS = {
    OURS: (str(HOUSE / "bin" / "detect"), str(HOUSE / "examples" / "flask")),
    PYTHON: tuple(PYTHON.split()),
    SHELL: tuple(SHELL.split()),
}


@dataclass(slots=True)
class Rounds:
    names: tuple[str, ...]
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:  # noqa: ARG003 - nothing has to be there
        # A shell takes a millisecond, and on a busy machine any number of these.
        return cls({"quick": (OURS, PYTHON), "full": tuple(COMMANDS)}[how])

    def run(self, number: int) -> None:
        for name in turns(self.names, number):
            self.seconds[name].append(timed((COMMANDS[name],), own_environ()))

    def found(self) -> Found:
        return {"versions": {}, "seconds": self.seconds}


def panels(found: Found) -> tuple[Panel, ...]:
    return (Panel(title="detect", samples=found["seconds"]),)


def judge(found: Found) -> Iterator[Verdict]:
    ours, python = (median(found["seconds"][name]) for name in (OURS, PYTHON))
    yield Verdict(f"detect: 3 times `{PYTHON}`", ours, 3 * python)


def tables(found: Found) -> Iterator[str]:
    yield f"{SPREAD}\n"
    yield from side_by_side(panels(found), {})


BENCH = Bench(
    name="detect",
    rounds={"quick": 30, "full": 100},
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
