"""uv.lock: a graph, walked from the app to all that it needs on this interpreter."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tampu.facts.locks import exact
from tampu.facts.locks.lockfile import Incomplete, UnknownVersion, check_python, open_toml
from tampu.facts.locks.table import Table, UnreadableLock
from tampu.facts.locks.uv_settings import index_options
from tampu.facts.requirements import Packages, fingerprints
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.facts.environment import Environment
    from tampu.facts.requirements import Requirement
    from tampu.facts.tree import Tree

GROUP = "group "
LOCAL = ("editable", "virtual", "directory")


def read(tree: Tree, target: Environment, name: str) -> Packages:
    lock = open_toml(tree, name)
    version = lock.values.get("version")
    if version != 1:
        raise UnknownVersion(name, str(version or ""), "1", "uv lock")
    check_python(lock.text("requires-python"), target, name)
    reached = _Graph(lock, _by_name(lock), target).reached()
    found = [_requirement(package, name) for package in lock.tables("package") if _key(package) in reached]
    return Packages(
        manager="uv",
        because=f"{name} is present",
        requirements=tuple(requirement for requirement in found if requirement),
        options=index_options(tree, [package.table("source").text("registry") for package in lock.tables("package")]),
        sources=fingerprints(tree, (name,)),
        complete=True,
    )


def _by_name(lock: Table) -> Mapping[str, list[Table]]:
    found: dict[str, list[Table]] = defaultdict(list)
    for package in lock.tables("package"):
        found[package.text("name")].append(package)
    return found


@dataclass(frozen=True, slots=True)
class _Graph:
    lock: Table
    packages: Mapping[str, list[Table]]
    target: Environment

    def reached(self) -> set[tuple[str, ...]]:
        """The packages that the app needs here."""
        groups = [section for group in self.target.groups for section in (group, GROUP + group)]
        pending = [(root, section) for root in self._roots() for section in ("", *groups)]
        seen: set[tuple[tuple[str, ...], str]] = set()
        while pending:
            package, section = pending.pop()
            if (_key(package), section) in seen:
                continue
            seen.add((_key(package), section))
            for edge in _edges(package, section):
                if self.target.meets(edge.text("marker"), edge.place):
                    needed = self._end_of(edge)
                    pending.extend((needed, extra) for extra in ("", *edge.texts("extra")))
        return {key for key, _ in seen}

    def _roots(self) -> Iterator[Table]:
        """The app itself; where its root is only a workspace, all members and the workspace's own groups.

        A script has no name to be found by: its lock lists what it asks for.
        """
        own = [package for package in self.lock.tables("package") if "." in _folders(package)]
        manifest = self.lock.table("manifest")
        yield from own or (package for name in manifest.texts("members") for package in self.packages[name])
        asked = [{**each.values, "extra": list(each.texts("extras"))} for each in manifest.tables("requirements")]
        groups = manifest.table("dependency-groups").values
        yield Table({"dev-dependencies": groups, "dependencies": asked}, manifest.place)

    def _end_of(self, edge: Table) -> Table:
        for package in self.packages[edge.text("name")]:
            same_version = edge.text("version") in {"", package.text("version")}
            if same_version and edge.table("source").values in ({}, package.table("source").values):
                return package
        missing = f"{edge.text('name')} {edge.text('version')}".strip()
        raise Incomplete(self.lock.place, missing, edge.place, "uv lock")


def _key(package: Table) -> tuple[str, ...]:
    return package.text("name"), package.text("version"), repr(package.table("source").values)


def _folders(package: Table) -> list[str]:
    return [package.table("source").text(kind) for kind in LOCAL]


def _edges(package: Table, section: str) -> Iterator[Table]:
    """What a package needs: always, for one of its extras, or for one of its groups."""
    if not section:
        yield from package.tables("dependencies")
    elif section.startswith(GROUP):
        yield from package.table("dev-dependencies").tables(section.removeprefix(GROUP))
    else:
        yield from package.table("optional-dependencies").tables(section)


def _requirement(package: Table, origin: str) -> Requirement | None:
    name, source = package.text("name"), package.table("source")
    hashes = tuple(
        file.text("hash") for file in (package.table("sdist"), *package.tables("wheels")) if file.text("hash")
    )
    if source.text("registry"):
        return exact.version(name, package.text("version"), origin, hashes)
    if source.text("git"):
        return _from_git(name, source.text("git"), origin)
    if source.text("url"):
        return exact.address(name, source.text("url"), origin, hashes, source.text("subdirectory"))
    if place := source.text("path") or source.text("directory"):
        return exact.archive(name, place, origin, hashes)
    if source.text("editable"):
        return exact.editable(name, source.text("editable"), origin)
    if source.text("virtual"):
        return None
    raise UnreadableLock(package.place, f"source = {dict(source.values)}", "a registry, repository, address or folder")


def _from_git(name: str, source: str, origin: str) -> Requirement:
    """`https://host/repo?rev=main&subdirectory=lib#<commit>`."""
    from urllib.parse import parse_qs

    url, _, revision = source.partition("#")
    place, _, query = url.partition("?")
    subdirectory = parse_qs(query).get("subdirectory", [""])[0]
    return exact.commit(name, place, revision, origin, subdirectory)
