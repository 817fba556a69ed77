"""pdm.lock: packages with the groups that need them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tampu.facts.locks import exact
from tampu.facts.locks.lockfile import UnknownVersion, check_python, open_toml, outdated
from tampu.facts.locks.places import inside, written
from tampu.facts.requirements import Packages, fingerprints

if TYPE_CHECKING:
    from tampu.facts.environment import Environment
    from tampu.facts.locks.table import Table
    from tampu.facts.requirements import Requirement
    from tampu.facts.tree import Tree
    from tampu.world.console import Notice

COMMAND = "pdm lock --update-reuse --strategy inherit_metadata"
PYPROJECT = "pyproject.toml"


def read(tree: Tree, target: Environment, name: str) -> Packages:
    lock, project = open_toml(tree, name), open_toml(tree, PYPROJECT)
    metadata = lock.table("metadata")
    if metadata.text("lock_version").partition(".")[0] != "4" or "inherit_metadata" not in metadata.texts("strategy"):
        raise UnknownVersion(name, metadata.text("lock_version"), "4 with inherit_metadata", COMMAND)
    check_python(project.table("project").text("requires-python"), target, name)
    chosen = [package for package in lock.tables("package") if _is_wanted(package, target)]
    own = [exact.editable(project.table("project").text("name"), ".", PYPROJECT)] if _is_package(project) else []
    found = {package.text("name"): _requirement(package, name) for package in chosen if not package.texts("extras")}
    return Packages(
        manager="pdm",
        because=f"{name} is present",
        requirements=(*own, *found.values()),
        options=_sources(project),
        sources=fingerprints(tree, (name,)),
        notices=_staleness(metadata, project, name),
        complete=True,
    )


def _is_wanted(package: Table, target: Environment) -> bool:
    groups = {"default", *target.groups} & set(package.texts("groups"))
    return bool(groups) and target.meets(package.text("marker"), package.place)


def _requirement(package: Table, origin: str) -> Requirement:
    name, path = package.text("name"), package.text("path")
    hashes = tuple(file.text("hash") for file in package.tables("files") if file.text("hash"))
    if package.text("git"):
        revision = package.text("revision") or package.text("ref")
        return exact.commit(name, package.text("git"), revision, origin, package.text("subdirectory"))
    if package.text("url"):
        return exact.address(name, package.text("url"), origin, hashes, package.text("subdirectory"))
    if path and package.flag("editable"):
        return exact.editable(name, path, origin)
    if path:
        return exact.archive(name, path, origin, hashes)
    return exact.version(name, package.text("version"), origin, hashes)


def _development(document: Table, settings: Table) -> dict[str, object]:
    """The groups, of the standard's table and of pdm's own."""
    groups: dict[str, list[object]] = {}
    for table in (document.table("dependency-groups"), settings.table("dev-dependencies")):
        for name, lines in table.values.items():
            groups.setdefault(exact.canonical(name), []).extend(lines if isinstance(lines, list) else [])
    return dict(groups)


def _is_package(project: Table) -> bool:
    """The app itself is installed, unless pdm was told not to."""
    settings = project.table("tool").table("pdm")
    if settings.text("package-type"):
        return settings.text("package-type") == "library"
    named = bool(project.table("project").text("name"))
    return named and ("distribution" not in settings.values or settings.flag("distribution"))


def _sources(project: Table) -> tuple[str, ...]:
    return tuple(_source(source) for source in project.table("tool").table("pdm").tables("source"))


def _source(source: Table) -> str:
    url = source.text("url")
    if source.text("type") == "find_links":
        if "://" in url:
            return exact.option("--find-links", url, source.place)
        return f"--find-links={written(inside(url, source.place))}"
    return exact.option("--index-url" if source.text("name") == "pypi" else "--extra-index-url", url, source.place)


def _staleness(metadata: Table, document: Table, name: str) -> tuple[Notice, ...]:
    """What the lock was made from, as pdm's own `content_hash` sees it."""
    project, settings = document.table("project"), document.table("tool").table("pdm")
    content = {
        "sources": settings.values.get("source", []),
        "dependencies": project.values.get("dependencies", []),
        "dev-dependencies": _development(document, settings),
        "optional-dependencies": project.values.get("optional-dependencies", {}),
        "requires-python": project.values.get("requires-python", ""),
        "resolution": settings.values.get("resolution", {}),
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    noted = metadata.text("content_hash").removeprefix("sha256:")
    return () if noted in {"", digest} else (outdated(name, PYPROJECT, "pdm lock --update-reuse"),)
