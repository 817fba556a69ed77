"""Tables as Markdown writes them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from judge import Panel, Ratio

SPREAD = "Median of the rounds, with the least and the most."


def rows(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(line)} |" for line in lines)


def spread(taken: Sequence[float], unit: str) -> str:
    if unit == "s" and median(taken) < 1:
        return spread([1000 * value for value in taken], "ms")
    digits = 2 if unit in {"s", "MB"} else 0
    low, middle, high = (f"{value:.{digits}f}" for value in (min(taken), median(taken), max(taken)))
    return f"{middle} {unit} ({low} to {high})" if low != high else f"{middle} {unit}"


def side_by_side(panels: Sequence[Panel], titles: Mapping[str, str]) -> Iterator[str]:
    """A line for each thing, a column for each one who was measured."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.samples))
    lines = [(titles.get(panel.title, panel.title), *(_cell(panel, name) for name in names)) for panel in panels]
    yield from rows(("", *names), lines)


def in_short(panels: Iterable[Panel]) -> Iterator[str]:
    """The best of ours beside the best of the others."""
    yield from rows(("", "ours", "the best of the others", "times as good"), [_short(each) for each in panels])


def limits(verdicts: Iterable[Mapping[str, object]]) -> Iterator[str]:
    yield from rows(("limit", "found", "allowed", "holds"), [_limit(verdict) for verdict in verdicts])


def comparison(found: Iterable[Ratio]) -> Iterator[str]:
    lines = [
        (each.what, each.own, each.rival, f"{each.now:.3g}", f"{each.recorded:.3g}", _yes(holds=each.holds))
        for each in found
    ]
    yield from rows(("", "ours", "beside", "times as good", "when recorded", "not below half of it"), lines)


def _cell(panel: Panel, name: str) -> str:
    return spread(panel.samples[name], panel.unit) if name in panel.samples else ""


def _short(panel: Panel) -> tuple[str, ...]:
    best = max if panel.more else min
    own, rival = (best(names, key=lambda name: median(panel.samples[name])) for names in (panel.ours, panel.rivals))
    cells = (f"{spread(panel.samples[name], panel.unit)}, {name}" for name in (own, rival))
    return panel.title, *cells, f"{panel.times(own, rival):.3g}"


def _limit(verdict: Mapping[str, object]) -> tuple[str, ...]:
    digits = {"s": 3, "x": 2, "MB": 2, "%": 2}.get(verdict["unit"], 0)
    found, allowed = (f"{verdict[key]:.{digits}f} {verdict['unit']}" for key in ("found", "allowed"))
    least = verdict.get("at_least", False)
    holds = verdict["found"] >= verdict["allowed"] if least else verdict["found"] <= verdict["allowed"]
    return verdict["limit"], found, allowed, _yes(holds=holds)


def _yes(*, holds: bool) -> str:
    return "yes" if holds else "**no**"
