"""Which files of packages an interpreter can use: wheels by their tags, sources always."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEEL = ".whl"
OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
OLDEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A CPython on a kind of machine; `libc` is the minor version of its glibc, or None for that of this machine."""

    python: str
    machine: str
    libc: int | None = None

    def accepts(self, file: str) -> bool:
        from packaging.utils import InvalidWheelFilename, parse_wheel_filename

        if not file.endswith(WHEEL):
            return True
        try:
            tags = parse_wheel_filename(file)[3]
        except InvalidWheelFilename:
            return False
        return not tags.isdisjoint(_tags(self))


@cache
def _tags(kind: Kind) -> frozenset[object]:
    from packaging import tags

    series = [int(number) for number in kind.python.split(".")[:2]]
    platforms = [*_platforms(kind)]
    exact = tags.cpython_tags(python_version=series, platforms=platforms)
    interpreter = f"cp{series[0]}{series[1]}"
    loose = tags.compatible_tags(python_version=series, interpreter=interpreter, platforms=platforms)
    return frozenset((*exact, *loose))


def _platforms(kind: Kind) -> Iterator[str]:
    from packaging import tags

    if kind.libc is None:
        yield from tags.platform_tags()
        return
    for minor in range(kind.libc, OLDEST - 1, -1):
        yield f"manylinux_2_{minor}_{kind.machine}"
        if minor in OLD_NAMES:
            yield f"{OLD_NAMES[minor]}_{kind.machine}"
    yield f"linux_{kind.machine}"
