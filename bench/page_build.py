"""How fast builds are: as a table for a terminal and as a section of the documentation."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tables import limits, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SCENES = {
    "cold": "cold: no package is cached; tools and interpreter are there",
    "nothing changed": "nothing changed",
    "one added": "one package added, not cached",
    "one removed": "one package removed",
    "failing": "failing: the last package of the list is unknown",
    "from nothing": "from nothing: tools, interpreter and packages",
}
BEFORE = """\
## How fast a build is

Written by `bench/build`; the raw numbers are in [bench/results/build.json](../bench/results/build.json).

The app is [bench/apps/sixteen](../bench/apps/sixteen/requirements.txt): a web app with 16 dependencies, 48 packages on
Linux in its hashed lock and two more of tampu's own. All install the same, with the same Python, uv and pip, taking
turns within each round. tampu is a whole `bin/compile`: a new copy of the app each time, all decisions, packages,
bytecode for all modules, scripts and paths made movable, `pip check`, an SBOM. uv and pip are `uv venv` and
`uv pip install`, or `python -m venv` and `pip install`, in an environment that stays where it is; uv writes no bytecode
unless told to.
"""
AFTER = """\
### Repeat it

```
bench/build                  # 5 rounds, a few minutes
bench/build quick            # 2 rounds without pip
bench/build --mirror DIR     # with the runtimes of that mirror
```

It needs `strace`, and a network or a mirror for Python and an index for packages. Where no mirror is named it makes
one of an interpreter of the machine, with what `tests/setup` installs.

Take the seconds with care. The machine was shared with other work, its disk and its network are its own, and a cold
build is mostly the network. What can be compared are numbers of one run: that is why the limits are ratios.
"""
SPREAD = "Median of the rounds in seconds, with the fastest and the slowest."

Seconds = "Mapping[str, Mapping[str, Sequence[float]]]"


def section(result: Mapping[str, object]) -> str:
    return f"{BEFORE}\n{_about(result)}\n\n{table(result)}\n{AFTER}"


def table(result: Mapping[str, object]) -> str:
    seconds: Seconds = result["seconds"]
    names = list(seconds["cold"])
    lines = [(text, *(_cell(seconds[scene].get(name)) for name in names)) for scene, text in SCENES.items()]
    alone = [(f"`{name}`", _milliseconds(taken)) for name, taken in seconds["detect"].items()]
    copied = ("`cp -al` of the result", _cell(seconds["copy of the result"]["cp -al"]))
    return "\n".join(
        (
            f"{SPREAD}\n",
            *rows(("", *names), lines),
            "",
            *rows(("beside", "time"), [copied, *alone]),
            "\n### Limits\n",
            *limits(result["limits"]),
            "\n### Ratios\n",
            *rows(("", *(f"tampu / {name}" for name in names[1:])), list(_ratios(seconds, names[1:]))),
            "",
        )
    )


def _about(result: Mapping[str, object]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"{result['when']}, {result['rounds']} rounds. {versions}. {result['machine']}."


def _cell(taken: Sequence[float] | None) -> str:
    return f"{median(taken):.2f} ({min(taken):.2f} to {max(taken):.2f})" if taken else ""


def _milliseconds(taken: Sequence[float]) -> str:
    return f"{1000 * median(taken):.0f} ms ({1000 * min(taken):.0f} to {1000 * max(taken):.0f})"


def _ratios(seconds: Seconds, rivals: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for scene in SCENES:
        own = median(seconds[scene]["tampu"])
        taken = [seconds[scene].get(rival) for rival in rivals]
        if any(taken):
            yield scene, *(f"{own / median(each):.2f}" if each else "" for each in taken)
