"""The Python versions to be had."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.envs.last_resort import numbers
from tampu.errors import TampuError
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

WHOLE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
# No installer can be had for what is between them, or before.
OLDEST = {2: (2, 7), 3: (3, 6)}


class NothingToBeHad(TampuError):
    reason = "python-version::nothing-to-be-had"

    def __init__(self) -> None:
        super().__init__(
            title="There is no Python to choose from",
            found="no interpreter for this kind of machine",
            expected="Linux with glibc on x86_64 or aarch64, or a mirror with interpreters",
            todo="Build on such a machine, or set TAMPU_MIRROR to a mirror that has some for this one.",
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """All versions to be had, oldest first, and the series to take where there is a choice."""

    versions: tuple[str, ...]
    default: str

    @property
    def series(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(series_of(version) for version in self.versions))

    @property
    def usual_series(self) -> str:
        """The default, or the newest series where that is not to be had."""
        return self.default if self.default in self.series else self.series[-1]

    def patches(self, series: str) -> tuple[str, ...]:
        return tuple(version for version in self.versions if series_of(version) == series)

    def nearest(self, series: str) -> str:
        """The next newer one that code for that series may run on, or the usual one."""
        wanted = numbers(series)
        newer = (each for each in self.series if numbers(each) > wanted and numbers(each)[0] == wanted[0])
        return next(newer, self.usual_series)


def stock(available: Iterable[str], default: str) -> Shelf:
    """The shelf for what there is; what is no whole version is left out, and what nothing can be installed for."""
    whole = (version for version in available if WHOLE.fullmatch(version))
    versions = sorted({version for version in whole if numbers(version) >= oldest_like(version)}, key=numbers)
    if not versions:
        raise NothingToBeHad
    return Shelf(tuple(versions), default)


def series_of(version: str) -> str:
    return version.rpartition(".")[0]


def oldest_like(version: str) -> tuple[int, ...]:
    """The oldest series that apps of that version's kind can be built for."""
    return OLDEST[max(2, min(3, numbers(version)[0]))]
