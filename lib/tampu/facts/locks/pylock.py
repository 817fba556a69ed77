"""pylock.toml, the lock file of PEP 751: https://packaging.python.org/specifications/pylock-toml/."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from tampu.facts.locks import exact
from tampu.facts.locks.lockfile import UnknownVersion, check_environments, check_python, open_toml
from tampu.facts.locks.places import inside, written
from tampu.facts.locks.table import UnreadableLock
from tampu.facts.requirements import Packages, fingerprints
from tampu.values import replace

if TYPE_CHECKING:
    from tampu.facts.environment import Environment
    from tampu.facts.locks.table import Table
    from tampu.facts.requirements import Requirement
    from tampu.facts.tree import Tree

ALGORITHMS = ("sha256", "sha384", "sha512")


def read(tree: Tree, target: Environment, name: str) -> Packages:
    lock = open_toml(tree, name)
    version = lock.text("lock-version")
    if version.partition(".")[0] != "1":
        raise UnknownVersion(name, version, "1.0", f"uv export --format pylock.toml --output-file {name}")
    check_python(lock.text("requires-python"), target, name)
    check_environments(lock.texts("environments"), target, name)
    wanted = replace(target, groups=(*lock.texts("default-groups"), *target.groups))
    chosen = [package for package in lock.tables("packages") if wanted.meets(package.text("marker"), package.place)]
    for package in chosen:
        check_python(package.text("requires-python"), target, package.place)
    indexes = (package.text("index") for package in chosen)
    return Packages(
        manager="pylock",
        because=f"{name} is present",
        requirements=tuple(_requirement(package, name) for package in chosen),
        options=(*exact.indexes("--index-url", filter(None, indexes), "pylock.toml"), *_links(chosen)),
        sources=fingerprints(tree, (name,)),
        complete=True,
    )


def _requirement(package: Table, origin: str) -> Requirement:
    name, version = package.text("name"), package.text("version")
    if "vcs" in package.values:
        return _from_repository(name, package.table("vcs"), origin)
    if "directory" in package.values:
        return _from_folder(name, package.table("directory"), origin)
    if "archive" in package.values:
        return _from_archive(name, package.table("archive"), origin)
    if not version:
        raise UnreadableLock(package.place, "no version", "a version for each package of an index")
    return exact.version(name, version, origin, tuple(hash_ for file in _files(package) for hash_ in _hashes(file)))


def _from_repository(name: str, source: Table, origin: str) -> Requirement:
    url = source.text("url")
    if source.text("type") != "git" or not url:
        raise UnreadableLock(source.place, f"{source.text('type')} {url}", "a git repository with an address")
    return exact.commit(name, url, source.text("commit-id"), origin, source.text("subdirectory"))


def _from_folder(name: str, source: Table, origin: str) -> Requirement:
    path = posixpath.join(source.text("path"), source.text("subdirectory")).rstrip("/")
    return exact.editable(name, path, origin) if source.flag("editable") else exact.folder(name, path, origin)


def _from_archive(name: str, source: Table, origin: str) -> Requirement:
    if source.text("url"):
        return exact.address(name, source.text("url"), origin, _hashes(source), source.text("subdirectory"))
    return exact.archive(name, source.text("path"), origin, _hashes(source))


def _files(package: Table) -> tuple[Table, ...]:
    return (package.table("sdist"), *package.tables("wheels"))


def _hashes(file: Table) -> tuple[str, ...]:
    hashes = file.table("hashes")
    return tuple(f"{algorithm}:{hashes.text(algorithm)}" for algorithm in ALGORITHMS if hashes.text(algorithm))


def _links(packages: list[Table]) -> list[str]:
    """The folders of the app that hold the files of packages."""
    files = [file for package in packages for file in _files(package) if file.text("path")]
    places = dict.fromkeys(posixpath.dirname(inside(file.text("path"), file.place)) or "." for file in files)
    return [f"--find-links={written(place)}" for place in places]
