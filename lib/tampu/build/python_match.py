"""Which of the versions to be had a request is given."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from tampu.build.python_shelf import oldest_like, series_of
from tampu.envs.last_resort import numbers
from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.python_version import mend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tampu.build.python_shelf import Shelf
    from tampu.facts.python import Request

EXACT = re.compile(r"==([0-9]+\.[0-9]+)\.[0-9]+")
SERIES = re.compile(r"==([0-9]+\.[0-9]+)\.\*")
WRITTEN = re.compile(r"[0-9]+(\.[0-9x*]+)*")
RANGE_SIGNS = set("<>=!~^*")
# Before it, there are only Pythons of one's own.
UPSTREAM = (3, 9)
OWN = "\n\nPython {0} can come from a mirror that TAMPU_MIRROR names: bin/python_build {0} makes one."
NOT_YET = "3.9999.0"
WIDTH = 89


class UnknownPatch(TampuError):
    reason = "python-version::unknown-patch"

    def __init__(self, request: Request, series: str, patches: tuple[str, ...]) -> None:
        super().__init__(
            title=f"There is no Python {request.spec.removeprefix('==')} to be had",
            found=wish(request),
            expected=_listed(f"a version of {series}: ", patches),
            todo=mend(request.origin, reworded(request, patches[-1])),
        )


class UnknownSeries(TampuError):
    reason = "python-version::unknown-series"

    def __init__(self, request: Request, series: str, ended: date | None, shelf: Shelf) -> None:
        end = f"\nPython {series} ended on {ended}: nobody mends its security any more" if ended else ""
        own = max(numbers(series), oldest_like(series))
        name = ".".join(map(str, own))
        made = OWN.format(name) if own < UPSTREAM and name not in shelf.series else ""
        super().__init__(
            title=f"There is no Python {series} to be had",
            found=f"{wish(request)}{end}",
            expected=_listed("one of the series ", shelf.series),
            todo=f"{mend(request.origin, reworded(request, shelf.nearest(series)))}{made}",
        )


class NoMatch(TampuError):
    reason = "python-version::no-match"

    def __init__(self, request: Request, shelf: Shelf) -> None:
        super().__init__(
            title=f"No Python that is to be had matches {request.origin}",
            found=wish(request),
            expected=_listed("a range that includes one of ", shelf.series),
            todo=mend(request.origin, _widened(request, shelf.usual_series)),
        )


def take(request: Request, shelf: Shelf, ends: Mapping[str, date]) -> str:
    """The version that a request is given."""
    if found := EXACT.fullmatch(request.spec):
        return _exact(request, found[1], shelf, ends)
    if found := SERIES.fullmatch(request.spec):
        return _patches(request, found[1], shelf, ends)[-1]
    return _within(request, shelf)


def is_exact(request: Request) -> bool:
    return EXACT.fullmatch(request.spec) is not None


def is_open(request: Request) -> bool:
    """Whether it also allows series that do not exist yet, and so was not meant to pick the newest."""
    return SERIES.fullmatch(request.spec) is None and allows(request, NOT_YET)


def allows(request: Request, version: str) -> bool:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(request.spec).contains(version)


def wish(request: Request) -> str:
    return f"{request.origin} asks for {excerpt(request.text)}"


def _exact(request: Request, series: str, shelf: Shelf, ends: Mapping[str, date]) -> str:
    patches = _patches(request, series, shelf, ends)
    version = request.spec.removeprefix("==")
    if version not in patches:
        raise UnknownPatch(request, series, patches)
    return version


def _patches(request: Request, series: str, shelf: Shelf, ends: Mapping[str, date]) -> tuple[str, ...]:
    patches = shelf.patches(series)
    if not patches:
        raise UnknownSeries(request, series, ends.get(series), shelf)
    return patches


def _within(request: Request, shelf: Shelf) -> str:
    matching = [version for version in shelf.versions if allows(request, version)]
    if not matching:
        raise NoMatch(request, shelf)
    usual = [version for version in matching if series_of(version) == shelf.default]
    return usual[-1] if usual and is_open(request) else matching[-1]


def reworded(request: Request, version: str) -> str:
    """What the file says, with another version in it."""
    return WRITTEN.sub(version, excerpt(request.text), count=1)


def _widened(request: Request, series: str) -> str:
    return f">={series}" if RANGE_SIGNS & set(request.text) else reworded(request, series)


def _listed(what: str, names: tuple[str, ...]) -> str:
    return textwrap.fill(f"{what}{', '.join(names)}", WIDTH)
