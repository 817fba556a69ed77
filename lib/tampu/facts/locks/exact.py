"""Requirements as lock files state them: one exact thing each."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tampu.facts.locks.places import inside, written
from tampu.facts.locks.table import UnreadableLock
from tampu.facts.requirements import LocalProject, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9._, -]*\])?")
VERSION = re.compile(r"[A-Za-z0-9.!+_-]+")
SPECIFIER = re.compile(r"[A-Za-z0-9.!+_*<>=~, -]*")
WORD = re.compile(r"[^\s\\'\"]+")
HASH = re.compile(r"[A-Za-z0-9]+:[A-Za-z0-9_-]+")
# It would be an option, or join two lines.
MORE_THAN_A_PATH = re.compile(r"\s-|\\")


def canonical(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def version(name: str, number: str, origin: str, hashes: tuple[str, ...]) -> Requirement:
    line = f"{_fit(NAME, name, origin, 'a name')}=={_fit(VERSION, number, origin, 'a version')}"
    return Requirement(line=line, name=canonical(name), origin=origin, hashes=_each(hashes, origin))


def address(name: str, url: str, origin: str, hashes: tuple[str, ...] = (), subdirectory: str = "") -> Requirement:
    fragment = f"#subdirectory={subdirectory}" if subdirectory else ""
    line = f"{_fit(NAME, name, origin, 'a name')} @ {_fit(WORD, f'{url}{fragment}', origin, 'an address')}"
    return Requirement(line=line, name=canonical(name), origin=origin, hashes=_each(hashes, origin))


def commit(name: str, repository: str, revision: str, origin: str, subdirectory: str = "") -> Requirement:
    where = repository if "://" in repository else f"ssh://{repository.replace(':', '/', 1)}"
    at = f"@{revision}" if revision else ""
    return address(name, f"git+{where.removeprefix('git+')}{at}", origin, (), subdirectory)


def archive(name: str, path: str, origin: str, hashes: tuple[str, ...]) -> Requirement:
    """A wheel or a source archive that comes with the app."""
    place = _place(path, origin)
    local = LocalProject(path=place, editable=False)
    hashes = _each(hashes, origin)
    return Requirement(line=written(place), name=canonical(name), origin=origin, hashes=hashes, local=local)


def folder(name: str, path: str, origin: str) -> Requirement:
    return archive(name, path, origin, ())


def editable(name: str | None, path: str, origin: str) -> Requirement:
    place = _place(path, origin)
    local = LocalProject(path=place, editable=True)
    return Requirement(line=f"-e {written(place)}", name=canonical(name) if name else None, origin=origin, local=local)


def specified(name: str, specifier: str, origin: str, hashes: tuple[str, ...]) -> Requirement:
    """By a whole specifier, `==1.0`; `*` is any version."""
    wanted = "" if specifier == "*" else _fit(SPECIFIER, specifier, origin, "versions")
    line = f"{_fit(NAME, name, origin, 'a name')}{wanted}"
    return Requirement(line=line, name=canonical(name), origin=origin, hashes=_each(hashes, origin))


def option(name: str, value: str, origin: str) -> str:
    """One that holds for all packages."""
    return f"{name}={_fit(WORD, value, origin, 'an address')}"


def indexes(first: str, urls: Iterable[str], origin: str) -> tuple[str, ...]:
    """The one that most packages come from by the option `first`, the others beside it."""
    ordered = [url for url, _ in Counter(urls).most_common()]
    return tuple(option("--extra-index-url" if at else first, url, origin) for at, url in enumerate(ordered))


def _fit(form: re.Pattern[str], text: str, origin: str, what: str) -> str:
    """The text, if a line that it becomes a part of will say nothing else."""
    if form.fullmatch(text) and " -" not in text:
        return text
    raise UnreadableLock(origin, text, f"{what} of a package, and nothing else there")


def _each(hashes: tuple[str, ...], origin: str) -> tuple[str, ...]:
    return tuple(_fit(HASH, digest, origin, "a hash") for digest in hashes)


def _place(path: str, origin: str) -> str:
    place = inside(path, origin)
    if MORE_THAN_A_PATH.search(place):
        raise UnreadableLock(origin, path, "a path of the app, without what stands for an option")
    return place
