"""How daemons are started and stopped: as a table for a terminal and as a section of the documentation."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tables import limits, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

BEFORE = """\
## How daemons are started and stopped

Written by `bench/daemon`; the raw numbers are in [bench/results/daemon.json](../bench/results/daemon.json).

All start the same [program](../bench/apps/daemons/worker.py), which has a child in a session of its own, with the same
Python, in turns within each round. In each round each one starts and stops it once, is called eight times at once, and
is called again after the program was killed.
"""
AFTER = """\
`started` is how long the call took. tampu comes back when the daemon is set up and its program executed. python-daemon
and start-stop-daemon come back before that; daemonocle and supervisor wait for a second to see whether it lives.
Take the times with care: the machine was shared with other work. `bench/daemon` repeats it.
"""
WRONG = ("not one after eight starts at once", "not one after a death and a start", "left after a stop")


def section(result: Mapping[str, object]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    about = f"{result['when']}, {result['rounds']} rounds. {versions}. {result['machine']}."
    return f"{BEFORE}\n{about}\n\n{table(result)}\n{AFTER}"


def table(result: Mapping[str, object]) -> str:
    seconds, wrong = result["seconds"], result["wrong"]
    of = f"of {result['rounds']} rounds: "
    taken = {name: [_cell(seconds[scene][name]) for scene in ("started", "stopped")] for name in wrong}
    lines = [(name, *taken[name], *(str(wrong[name][kind]) for kind in WRONG)) for name in wrong]
    bare = ("a bare `python -c pass`", _cell(seconds["bare"]["python"]), *[""] * (1 + len(WRONG)))
    head = ("", "started", "stopped", *(f"{of}{kind}" for kind in WRONG))
    return "\n".join((*rows(head, [*lines, bare]), "", *limits(result["limits"]), ""))


def _cell(taken: list[float]) -> str:
    low, middle, high = (f"{1000 * value:.0f}" for value in (min(taken), median(taken), max(taken)))
    return f"{middle} ms ({low} to {high})"
