"""How fast apps are served: as tables for a terminal and as a section of the documentation."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from serve_cells import OURS
from tables import limits, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Run = Mapping[str, object]

BEFORE = """\
## How fast an app is served

Written by `bench/serve`; the raw numbers are in [bench/results/serve.json](../bench/results/serve.json).

The same apps of [bench/apps](../bench/apps/rivals/requirements.in) are served by each server, two workers each, with
the same Python and the same packages, from loopback, with no TLS. tampu is what `bin/compile` makes of the app and
Procfile.default starts: supervisord, nginx, and uWSGI or uvicorn behind it. It writes its access log; the others write
none. They stand without nginx in front, so what they do is less: slow clients, static files and restarts are left to
somebody else. One server runs at a time, in turns within each round, with wrk on the same CPUs.
"""
AFTER = """\
### Repeat it

```
bench/serve                  # 5 rounds of 4 s for each, about half an hour
bench/serve quick            # one round of 1 s for each; writes nothing
bench/serve --only static    # the parts with that in their name; writes nothing
```

It needs `wrk`, and what `bench/build` needs.
"""
SPREAD = """\
Median of the rounds, with the least and the most; `times` is the median ratio to {base}, round by round.
Latencies are in milliseconds. Memory is in MB after the load: what one worker has to itself, and all processes
together. `start` is from the start of the first process, that of the line in the Procfile, to the first 200, in
seconds."""
HEAD = ("", "requests/s", "times", "p50", "p99", "errors", "worker", "all", "start")


def section(result: Mapping[str, object]) -> str:
    cells = result["runs"]
    return "\n".join(
        (BEFORE, _about(result), "", *_limits(result), *_cells(cells), *_imports(result["imports"]), AFTER)
    )


def _about(result: Mapping[str, object]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"{result['when']}, {result['rounds']} rounds of {result['seconds']} s. {versions}. {result['machine']}."


def _limits(result: Mapping[str, object]) -> Iterator[str]:
    yield "### What it must reach\n"
    yield from limits(result["limits"])
    yield ""


def _cells(cells: Mapping[str, Mapping[str, Sequence[Run]]]) -> Iterator[str]:
    yield "### Side by side\n"
    yield SPREAD.format(base="the server named second")
    yield ""
    for cell, servers in cells.items():
        base = _loads(servers[next(name for name in servers if name != OURS)], "rate")
        yield f"#### {cell}\n"
        ordered = sorted(servers, key=lambda name: name != OURS)
        yield from rows(HEAD, [_line(name, servers[name], base) for name in ordered])
        yield ""


def _line(name: str, runs: Sequence[Run], base: Sequence[float]) -> tuple[str, ...]:
    rates = _loads(runs, "rate")
    errors = sum(_loads(runs, "socket_errors")) + sum(_loads(runs, "status_errors"))
    return (
        name,
        f"{median(rates):.0f} ({min(rates):.0f} to {max(rates):.0f})",
        f"{median(own / other for own, other in zip(rates, base, strict=True)):.2f}",
        f"{median(_loads(runs, 'p50')):.2f}",
        f"{median(_loads(runs, 'p99')):.1f}",
        f"{errors:.0f}",
        *(f"{median(run[what] for run in runs):.1f}" for what in ("worker", "whole")),
        f"{median(run['start'] for run in runs):.3f}",
    )


def _imports(imports: Mapping[str, Sequence[float]]) -> Iterator[str]:
    yield "The import of the app alone, in seconds:\n"
    yield from rows(
        ("app", "import"), [(f"bench/apps/{app}", f"{median(taken):.3f}") for app, taken in imports.items()]
    )
    yield ""


def _loads(runs: Sequence[Run], what: str) -> list[float]:
    return [run["load"][what] for run in runs]
