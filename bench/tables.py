"""Tables as Markdown writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def rows(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(line)} |" for line in lines)


def limits(verdicts: Iterable[Mapping[str, object]]) -> Iterator[str]:
    yield from rows(("limit", "found", "allowed", "holds"), [_limit(verdict) for verdict in verdicts])


def _limit(verdict: Mapping[str, object]) -> tuple[str, ...]:
    digits = {"s": 3, "x": 2, "MB": 2}.get(verdict["unit"], 0)
    found, allowed = (f"{verdict[key]:.{digits}f} {verdict['unit']}" for key in ("found", "allowed"))
    least = verdict.get("at_least", False)
    holds = verdict["found"] >= verdict["allowed"] if least else verdict["found"] <= verdict["allowed"]
    return verdict["limit"], found, allowed, "yes" if holds else "**no**"
