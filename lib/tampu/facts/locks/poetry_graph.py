"""Locks of Poetry before 2.0 tell who needs whom, but not what is needed at last: that is found by walking."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tampu.facts.locks.exact import canonical
from tampu.facts.locks.lockfile import Incomplete
from tampu.facts.locks.poetry_versions import allows
from tampu.facts.locks.table import Table, UnreadableLock
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.facts.environment import Environment

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """One package that another one asks for, under a condition."""

    name: str
    terms: Table

    def holds(self, target: Environment, extra: str) -> bool:
        python, platform = self.terms.text("python"), self.terms.text("platform")
        fits = allows(python, target.python) and platform in {"", "linux"}
        return fits and target.meets(self.terms.text("markers"), self.terms.place, extra)


def reached(packages: tuple[Table, ...], document: Table, target: Environment) -> set[Key]:
    """The packages that the app needs here, by name and version."""
    graph = _Graph(_by_name(packages), target)
    pending = [(need, "") for need in _roots(document, target) if not need.terms.flag("optional")]
    seen: set[tuple[Key, str]] = set()
    while pending:
        need, extra = pending.pop()
        if not need.holds(target, extra):
            continue
        package = graph.end_of(need)
        for wanted in ("", *need.terms.texts("extras")):
            step = ((package.text("name"), package.text("version")), wanted)
            if step not in seen:
                seen.add(step)
                pending.extend((further, wanted) for further in _needs(package, wanted))
    return {key for key, _ in seen}


def _by_name(packages: tuple[Table, ...]) -> Mapping[str, list[Table]]:
    found: dict[str, list[Table]] = defaultdict(list)
    for package in packages:
        found[canonical(package.text("name"))].append(package)
    return found


@dataclass(frozen=True, slots=True)
class _Graph:
    packages: Mapping[str, list[Table]]
    target: Environment

    def end_of(self, need: _Need) -> Table:
        """Of several versions of a package, the one that is meant for this Python and that need."""
        versions = self.packages[canonical(need.name)]
        here = [package for package in versions if allows(package.text("python-versions"), self.target.python)]
        fitting = [package for package in here if allows(need.terms.text("version"), package.text("version"))]
        for package in (*fitting, *here, *versions):
            return package
        raise Incomplete("poetry.lock", need.name, need.terms.place, "poetry lock")


def _roots(document: Table, target: Environment) -> Iterator[_Need]:
    settings = document.table("tool").table("poetry")
    yield from _all_in(settings.table("dependencies"))
    for line in document.table("project").texts("dependencies"):
        yield _from_line(line, document.place)
    for group in target.groups:
        yield from _all_in(settings.table("group").table(group).table("dependencies"))
    if "dev" in target.groups:
        yield from _all_in(settings.table("dev-dependencies"))


def _from_line(line: str, place: str) -> _Need:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(line)
    except InvalidRequirement as error:
        raise UnreadableLock(f"{place}, project.dependencies", line, "a package and its versions") from error
    terms = {"version": str(parsed.specifier), "extras": sorted(parsed.extras), "markers": str(parsed.marker or "")}
    return _Need(name=parsed.name, terms=Table(terms, place))


def _all_in(dependencies: Table) -> Iterator[_Need]:
    for name in dependencies.values:
        if name != "python":
            yield from (_Need(name=name, terms=terms) for terms in _alternatives(dependencies, name))


def _alternatives(dependencies: Table, name: str) -> tuple[Table, ...]:
    """A version, a table, or several tables for several environments."""
    value = dependencies.values[name]
    if isinstance(value, str):
        return (Table({"version": value}, f"{dependencies.place}, {name}"),)
    return dependencies.tables(name) if isinstance(value, list) else (dependencies.table(name),)


def _needs(package: Table, extra: str) -> Iterator[_Need]:
    """What a package needs always, or only for one of its extras."""
    asked = {canonical(line.partition(" ")[0].partition("[")[0]) for line in package.table("extras").texts(extra)}
    for need in _all_in(package.table("dependencies")):
        if (canonical(need.name) in asked) if extra else not need.terms.flag("optional"):
            yield need
