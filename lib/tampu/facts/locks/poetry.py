"""poetry.lock: packages with the groups that need them, or, in older ones, a graph of dependencies."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tampu.facts.locks import exact
from tampu.facts.locks.lockfile import OtherPython, UnknownVersion, open_toml, outdated
from tampu.facts.locks.poetry_graph import reached
from tampu.facts.locks.poetry_versions import allows
from tampu.facts.requirements import Packages, fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.facts.environment import Environment
    from tampu.facts.locks.table import Table
    from tampu.facts.requirements import Requirement
    from tampu.facts.tree import Tree
    from tampu.world.console import Notice

PYPROJECT = "pyproject.toml"
WITHOUT_GROUPS = ("1.0", "1.1", "2.0")
LEGACY = ("dependencies", "source", "extras", "dev-dependencies")
OF_PROJECT = ("requires-python", "dependencies", "optional-dependencies")


def read(tree: Tree, target: Environment, name: str) -> Packages:
    lock, document = open_toml(tree, name), open_toml(tree, PYPROJECT)
    metadata = lock.table("metadata")
    if metadata.text("lock-version").partition(".")[0] not in {"1", "2"}:
        raise UnknownVersion(name, metadata.text("lock-version"), "1 or 2", "poetry lock")
    if not allows(metadata.text("python-versions"), target.python):
        raise OtherPython(name, target.python, metadata.text("python-versions"))
    chosen = _chosen(lock, document, target)
    return Packages(
        manager="poetry",
        because=f"{name} is present",
        requirements=(*_itself(document), *(_requirement(package, lock, name) for package in chosen)),
        options=_indexes(chosen),
        sources=fingerprints(tree, (name,)),
        notices=_staleness(metadata, document, name),
        complete=True,
    )


def _chosen(lock: Table, document: Table, target: Environment) -> list[Table]:
    packages = lock.tables("package")
    if lock.table("metadata").text("lock-version") not in WITHOUT_GROUPS:
        return [package for package in packages if _is_wanted(package, target)]
    keys = reached(packages, document, target)
    return [package for package in packages if (package.text("name"), package.text("version")) in keys]


def _is_wanted(package: Table, target: Environment) -> bool:
    groups = [group for group in ("main", *target.groups) if group in package.texts("groups")]
    return any(target.meets(_marker(package, group), package.place) for group in groups)


def _marker(package: Table, group: str) -> str:
    """One for all groups, or one for each."""
    if isinstance(package.values.get("markers"), str):
        return package.text("markers")
    return package.table("markers").text(group)


def _itself(document: Table) -> list[Requirement]:
    """Poetry installs the app too, where it is built like a package."""
    settings = document.table("tool").table("poetry")
    if "build-system" not in document.values or (
        "package-mode" in settings.values and not settings.flag("package-mode")
    ):
        return []
    name = document.table("project").text("name") or settings.text("name")
    return [exact.editable(name, ".", PYPROJECT)]


def _requirement(package: Table, lock: Table, origin: str) -> Requirement:
    name, source = package.text("name"), package.table("source")
    url, hashes = source.text("url"), tuple(_hashes(package, lock))
    match source.text("type"):
        case "git":
            revision = source.text("resolved_reference") or source.text("reference")
            return exact.commit(name, url, revision, origin, source.text("subdirectory"))
        case "url":
            return exact.address(name, url, origin, hashes, source.text("subdirectory"))
        case "file":
            return exact.archive(name, url, origin, hashes)
        case "directory" if package.flag("develop"):
            return exact.editable(name, url, origin)
        case "directory":
            return exact.folder(name, url, origin)
        case _:
            return exact.version(name, package.text("version"), origin, hashes)


def _hashes(package: Table, lock: Table) -> Iterable[str]:
    """Format 1 has all files in one table at the end."""
    old = lock.table("metadata").table("files").tables(package.text("name"))
    return (file.text("hash") for file in (*package.tables("files"), *old) if file.text("hash").startswith("sha"))


def _indexes(packages: list[Table]) -> tuple[str, ...]:
    """A lock names an index only where it is not the default one."""
    sources = [package.table("source") for package in packages]
    urls = (source.text("url") for source in sources if source.text("type") == "legacy")
    from_default = any(not source.values for source in sources)
    return exact.indexes("--extra-index-url" if from_default else "--index-url", urls, "poetry.lock")


def _staleness(metadata: Table, document: Table, name: str) -> tuple[Notice, ...]:
    fits = metadata.text("content-hash") in {"", *(_digest(content) for content in _relevant(document))}
    return () if fits else (outdated(name, PYPROJECT, "poetry lock"),)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _relevant(document: Table) -> Iterable[dict[str, object]]:
    """What a lock is made from, as each line of Poetry's versions sees it."""
    poetry = document.table("tool").table("poetry").values
    project = document.table("project").values
    own = {key: project[key] for key in OF_PROJECT if key in project}
    present = {key: poetry[key] for key in (*LEGACY, "group") if key in poetry}
    padded = {**{key: poetry.get(key) for key in LEGACY}, **present}
    yield {key: poetry.get(key) for key in LEGACY}
    yield padded
    for groups in ({}, document.table("dependency-groups").values):
        first = {"project": own} if own else {}
        second = {"dependency-groups": groups} if groups else {}
        yield {**first, **second, "tool": {"poetry": present}}
