"""What serving must reach at least, measured against others in the same run."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from judge import Verdict
from serve_cells import ASGI_HELLO, DYNAMIC, HELLO, HELLO_256, OURS, PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from serve_rounds import Runs

SYNC, WHITENOISE = "gunicorn sync", "whitenoise, gunicorn sync"
TIMES = (
    (HELLO, SYNC, 3.0),
    (HELLO_256, SYNC, 3.0),
    (PAGE, SYNC, 1.7),
    (ASGI_HELLO, "uvicorn", 0.9),
    ("static 1 KB", WHITENOISE, 14.0),
    ("static 100 KB", WHITENOISE, 4.0),
)
BESIDE_THE_IMPORT = 0.3


def judge(runs: Runs, imports: Mapping[str, Sequence[float]]) -> tuple[Verdict, ...]:
    return (*_rates(runs), *_errors(runs), *_starts(runs, imports))


def _rates(runs: Runs) -> Iterator[Verdict]:
    for cell, rival, times in TIMES:
        if cell in runs:
            # Round by round: what else the machine did in a round, it did to both.
            pairs = zip(runs[cell][OURS], runs[cell][rival], strict=True)
            found = median(own.load.rate / other.load.rate for own, other in pairs)
            yield Verdict(f"{cell}: {times:g} times {rival}", found, times, "x", at_least=True)


def _errors(runs: Runs) -> Iterator[Verdict]:
    for cell, servers in runs.items():
        yield Verdict(f"{cell}: no errors", sum(run.load.errors for run in servers[OURS]), 0, "errors")


def _starts(runs: Runs, imports: Mapping[str, Sequence[float]]) -> Iterator[Verdict]:
    for cell in DYNAMIC:
        if cell.name in runs and cell.name != HELLO_256:
            start = median(run.start for run in runs[cell.name][OURS])
            words = f"{cell.name}: the first answer {BESIDE_THE_IMPORT} s after what the import of the app takes"
            yield Verdict(words, start, median(imports[cell.app]) + BESIDE_THE_IMPORT)
