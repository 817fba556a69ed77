"""Which entry points the packages here have: `tampu points`."""

from __future__ import annotations

import fnmatch
import inspect
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste.errands.installing import name_of
from tampu.paste.spots import near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.metadata import EntryPoint

MOST = 5
DESCRIPTIONS = "paste.entry_point_description"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`group` and `name` are patterns; without a group, only groups are listed. `egg` is a package's name."""

    group: str | None = None
    name: str | None = None
    egg: str | None = None
    regex: bool = False
    list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    package: str
    entry: EntryPoint


class NoPoints(TampuError):
    reason = "serve::no-points"
    exit_code = 2

    def __init__(self, wish: Wish, known: list[str]) -> None:
        asked = " ".join(filter(None, (wish.group, wish.name))) or f"--egg {wish.egg}"
        super().__init__(
            title=f"Nothing that is installed has an entry point for {asked}",
            found=", ".join(near(str(wish.name or wish.group), known)[:MOST]) or "none at all",
            expected="a group and a name in it, or patterns such as 'paste.*'",
            todo="Ask for another one, or install the package that has it. `tampu points` lists the groups.",
        )


def run(wish: Wish) -> int:
    known = [point for point in _installed() if _fits_egg(point, wish)]
    fits = _matcher(wish)
    found = [each for each in known if fits(wish.group, each.entry.group) and fits(wish.name, each.entry.name)]
    if not found:
        names = {each.entry.name for each in known if wish.group and fits(wish.group, each.entry.group)}
        raise NoPoints(wish, sorted(names or {each.entry.group for each in known}))
    about = {each.entry.name: each for each in _installed() if each.entry.group == DESCRIPTIONS}
    lines = _groups(found) if wish.list or not (wish.group or wish.egg) else _told(found, about)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _installed() -> Iterator[Point]:
    """Of several copies of a package, the first is the one that is imported."""
    seen: set[str] = set()
    for distribution in metadata.distributions():
        package = name_of(distribution)
        if package.lower() not in seen:
            seen.add(package.lower())
            label = f"{package} {distribution.version}"
            yield from (Point(package=label, entry=entry) for entry in distribution.entry_points)


def _fits_egg(point: Point, wish: Wish) -> bool:
    return wish.egg is None or _plain(point.package.partition(" ")[0]) == _plain(wish.egg)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _matcher(wish: Wish) -> Callable[[str | None, str], bool]:
    def fits(pattern: str | None, text: str) -> bool:
        if pattern is None:
            return True
        return re.match(pattern if wish.regex else fnmatch.translate(pattern), text, re.IGNORECASE) is not None

    return fits


def _groups(found: list[Point]) -> Iterator[str]:
    for group in sorted({each.entry.group for each in found}):
        count = sum(each.entry.group == group for each in found)
        yield f"{group} ({count})"


def _told(found: list[Point], about: Mapping[str, Point]) -> Iterator[str]:
    for group in sorted({each.entry.group for each in found}):
        yield f"[{group}]"
        if group in about:
            yield from _indented(_description(about[group].entry), 2)
        for package in sorted({each.package for each in found if each.entry.group == group}):
            yield f"  {package}"
            for each in sorted(found, key=lambda point: point.entry.name):
                if (each.package, each.entry.group) == (package, group):
                    yield f"    {each.entry.name} = {each.entry.value}"
                    yield from _indented(_loaded(each.entry), 6)


def _description(entry: EntryPoint) -> str:
    try:
        told = entry.load()
    except Exception as error:  # noqa: BLE001 - one package's fault is no reason to hide the others
        return f"({type(error).__name__}: {error})"
    return str(getattr(told, "description", None) or inspect.getdoc(told) or "")


def _loaded(entry: EntryPoint) -> str:
    """How it is called, and what it says about itself."""
    try:
        target = entry.load()
    except Exception as error:  # noqa: BLE001 - likewise
        return f"can't be loaded: {type(error).__name__}: {error}"
    doc = inspect.getdoc(target) or ""
    try:
        called = inspect.signature(target)
    except (TypeError, ValueError):
        return doc
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in called.parameters.values()]
    shown = called.replace(parameters=plain, return_annotation=inspect.Signature.empty)
    return f"{getattr(target, '__name__', entry.name)}{shown}\n{doc}"


def _indented(text: str, width: int) -> Iterator[str]:
    return (f"{' ' * width}{line}" for line in text.strip().splitlines() if line.strip())
