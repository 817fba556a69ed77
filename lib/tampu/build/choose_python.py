"""Decides which Python an app gets, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.python_match import is_open, take, wish
from tampu.build.python_notices import disagreements, end_of_life, outdated_patch, unpinned
from tampu.build.python_shelf import Shelf, series_of, stock
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from tampu.facts.python import Request
    from tampu.world.console import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonChoice:
    """The version, the fact that led to it, and what its user should know."""

    version: str
    because: str
    request: Request | None
    notices: tuple[Notice, ...]


def choose(
    requests: Sequence[Request],
    last: str | None,
    default: str,
    available: Sequence[str],
    series: Mapping[str, date],
    today: date,
) -> PythonChoice:
    """The first request decides; without one the series of the `last` build, and without that the default."""
    shelf = stock(available, default)
    choice = _asked(tuple(requests), shelf, series) if requests else _unasked(last, shelf)
    ending = end_of_life(choice.version, series, today)
    return PythonChoice(
        version=choice.version,
        because=choice.because,
        request=choice.request,
        notices=(*choice.notices, *ending),
    )


def _asked(requests: tuple[Request, ...], shelf: Shelf, ends: Mapping[str, date]) -> PythonChoice:
    winner = requests[0]
    version = take(winner, shelf, ends)
    return PythonChoice(
        version=version,
        because=f"{wish(winner)}{_preference(winner, version, shelf)}",
        request=winner,
        notices=(*disagreements(requests, version), *outdated_patch(winner, version, shelf)),
    )


def _preference(winner: Request, version: str, shelf: Shelf) -> str:
    if is_open(winner) and series_of(version) == shelf.default:
        return f", and {shelf.default} is the default"
    return ""


def _unasked(last: str | None, shelf: Shelf) -> PythonChoice:
    patches = shelf.patches(series_of(last or ""))
    if patches:
        because = f"the last build used {last}, and no file asks for another"
        return PythonChoice(version=patches[-1], because=because, request=None, notices=())
    version = shelf.patches(shelf.usual_series)[-1]
    because = f"no file asks for a version, and {shelf.usual_series} is {_standing(shelf)}"
    return PythonChoice(version=version, because=because, request=None, notices=(unpinned(version),))


def _standing(shelf: Shelf) -> str:
    if shelf.usual_series == shelf.default:
        return "the default"
    return f"the newest to be had; the default, {shelf.default}, is not"
