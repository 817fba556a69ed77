"""The packages of a bundle: the app's, what these are built with, and those that tampu itself needs."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from tampu.build.bundle_shelf import ANY, WHEELS
from tampu.build.bundled import AT
from tampu.build.python_shelf import series_of
from tampu.build.steps.python import known_pythons
from tampu.build.story import TOOLS
from tampu.envs import pip, pips
from tampu.envs.bundle import PACKAGE
from tampu.envs.collecting import Found, Search, asked_by_backend, backend_of, resolved
from tampu.envs.explain import explained
from tampu.envs.install import NO_INDEX
from tampu.envs.last_resort import OLDEST_FOR_TAMPU, numbers
from tampu.envs.unpack import unpack
from tampu.envs.wishes import write_wishes
from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.values import dataclass, replace
from tampu.world.console import Notice
from tampu.world.house import house
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.build.bundle_shelf import Shelf
    from tampu.build.materials import Materials
    from tampu.build.model import Target
    from tampu.facts.requirements import Packages, Requirement

FOR_ANY = "-any.whl"
# In uv's words: why nothing fits, and what there is instead.
HINT = re.compile(r"^hint: (Wheels are available for .*)$", re.MULTILINE)
CAUSE = re.compile(r"^\s*cause: (?:Because )?(.*?)(?: and you require .*)?$", re.MULTILINE)


class NotToBeHad(TampuError):
    reason = "bundle::not-to-be-had"

    def __init__(self, rows: list[str]) -> None:
        found = "\n".join(rows)
        super().__init__(
            title="Some packages can't be put into a bundle for that platform",
            found=found,
            expected="for each a wheel that fits, or its source",
            todo=(
                "Require versions that have one, name an older --platform, or make the bundle on a machine of\n"
                "the kind that it is for. Packages of your own need their index, such as PIP_EXTRA_INDEX_URL."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to collect packages for, and where they go."""

    search: Search
    materials: Materials
    target: Target
    shelf: Shelf


def collect(order: Order) -> tuple[str, ...]:
    """Put all of them there; tells for which series of Python there are tools."""
    say = order.search.world.say
    say.step("Collecting packages")
    found = _of_app(order)
    rows = [f"{each.name} {each.version} ({why})" for each in found if (why := _unsure(each, order.search))]
    if rows:
        raise NotToBeHad(rows)
    _take_with_builds(order, found)
    say.step("Collecting tampu's own tools")
    return tuple(_tools(order))


def _unsure(found: Found, search: Search) -> str:
    if not found.url:
        return ""
    if not found.sha256:
        return "its index tells no sha256"
    return "" if found.fits(search.hashes.get(found.name, ())) else "it is not the file that is pinned"


def _of_app(order: Order) -> tuple[Found, ...]:
    packages, search = order.materials.packages, order.search
    deps = ("--no-deps",) if packages.complete else ()
    with search.world.cache.workshop() as bench:
        wishes = write_wishes(packages, order.materials.platform, search.app, bench)
        theirs = (wishes.hashed, wishes.plain)
        try:
            if NO_INDEX in packages.options:
                ours = resolved(search, wishes.platform, words=deps)
                return (*ours, *resolved(search, *theirs, words=deps))
            return resolved(search, wishes.platform, *theirs, words=deps)
        except CommandFailed as error:
            rows = [row for each in packages.requirements if (row := _why_not(each, packages, search, bench))]
            raise NotToBeHad(rows) if rows else explained(error) from error


def _why_not(requirement: Requirement, packages: Packages, search: Search, bench: Path) -> str:
    """Asked for by itself: what uv says of it, if it can't be had."""
    alone = replace(packages, requirements=(requirement,), constraints=())
    wishes = write_wishes(alone, "", search.app, bench)
    try:
        resolved(search, wishes.hashed, wishes.plain, words=("--no-deps",))
    except CommandFailed as error:
        said = HINT.search(error.output) or CAUSE.search(error.output)
        return f"{excerpt(requirement.line)} ({excerpt(said[1] if said else error.ending, SENTENCE)})"
    return ""


def _take_with_builds(order: Order, found: tuple[Found, ...]) -> None:
    """These, and for what has no wheel all that it is built with; for which the same holds."""
    waiting = [*found]
    for project in order.materials.packages.local:
        path = order.search.app / project.path
        if path.is_dir():
            waiting += _built_with(path, order.search, editable=project.editable)
    taken: set[str] = set()
    while waiting:
        each = waiting.pop()
        if each.url and each.url in taken:
            continue
        taken.add(each.url)
        if not each.url:
            _make_wheel(order, each)
            continue
        place = order.shelf.take_package(replace(each, address=_as_asked(each, order.materials.packages)))
        if each.is_source:
            waiting += _of_source(place, order.search)


def _of_source(archive: Path, search: Search) -> tuple[Found, ...]:
    with search.world.cache.workshop() as bench:
        unpack(archive, bench / "project")
        return _built_with(bench / "project", search, editable=False)


def _built_with(project: Path, search: Search, *, editable: bool) -> tuple[Found, ...]:
    """What its backend needs, in the list and when it is asked."""
    backend = backend_of(project)
    with search.world.cache.workshop() as bench:
        wanted = (*backend.requires, *asked_by_backend(project, backend, search, editable=editable))
        if not wanted:
            return ()
        lines = bench / "requires.txt"
        lines.write_text("".join(f"{line}\n" for line in wanted), encoding="utf-8")
        try:
            return resolved(search, lines)
        except CommandFailed as error:
            raise explained(error) from error


def _as_asked(found: Found, packages: Packages) -> str:
    """The address in the words of the app, by which it is found again."""
    return next(_addresses(found.name, packages), "") if found.address else ""


def _addresses(name: str, packages: Packages) -> Iterator[str]:
    for each in packages.requirements:
        asked = AT.match(each.line)
        if each.name in {name, None} and not each.local and (asked or "://" in each.line):
            yield asked["address"] if asked else each.line


def _make_wheel(order: Order, found: Found) -> None:
    """What is in a repository has no file: a wheel is made of it, with what is on this machine."""
    packages, search = order.materials.packages, order.search
    asked = (each.line for each in packages.requirements if each.name == found.name or found.address in each.line)
    line = next(asked, f"{found.name} @ {found.address}")
    with search.world.cache.workshop() as bench:
        words = ("--wheel-dir", str(bench), line)
        try:
            place = pips.path_for(series_of(search.version), search.tools, search.world)
            search.world.run.ask(pip.wheel(place, search.python, words, search.app, search.env()))
        except CommandFailed as error:
            raise explained(error) from error
        wheel = next(bench.glob("*.whl"))
        if order.target.machine != os.uname().machine and not wheel.name.endswith(FOR_ANY):
            raise NotToBeHad([f"{excerpt(line)} (made here, it is {wheel.name})"])
        name = f"{WHEELS}/{wheel.name}"
        (order.shelf.folder / name).write_bytes(wheel.read_bytes())
        version = wheel.name.split("-")[1]
        order.shelf.note(PACKAGE + found.name, version, ANY, name, next(_addresses(found.name, packages), ""))


def _tools(order: Order) -> Iterator[str]:
    """For each Python that may run tampu; the newest of them may lack something still."""
    left_out: list[str] = []
    for series in _series_for_tampu(order.target.machine):
        try:
            found = _for_tampu(TOOLS, series, order.search)
        except CommandFailed as error:
            left_out.append(series)
            if order.search.version.startswith(f"{series}."):
                raise explained(error) from error
            continue
        for each in (*found, *_for_people(series, order.search)):
            order.shelf.take_package(each)
        yield series
    text = (
        f"Where Python {', '.join(left_out)} runs tampu, its tools can't come from this bundle:\n"
        "the package index has no wheels of them for it."
    )
    for notice in (Notice(name="bundle::tools-left-out", text=text),) if left_out else ():
        order.search.world.say.notice(notice)


def _series_for_tampu(machine: str) -> list[str]:
    known = known_pythons(machine).series
    return sorted((name for name in known if numbers(name) >= OLDEST_FOR_TAMPU), key=numbers)


def _for_tampu(lock: Path, series: str, search: Search) -> tuple[Found, ...]:
    asked = replace(search, version=series, app=house())
    return resolved(asked, lock, words=("--no-deps", "--only-binary", ":all:"))


def _for_people(series: str, search: Search) -> tuple[Found, ...]:
    """Colours; an index without them makes no worse a bundle."""
    try:
        return _for_tampu(TOOLS.with_name("people.lock"), series, search)
    except CommandFailed:
        return ()
