"""Requirements as lock files state them: one exact thing each."""

from __future__ import annotations

from tampu.facts.locks.places import inside, written
from tampu.facts.requirements import LocalProject, Requirement


def canonical(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def version(name: str, number: str, origin: str, hashes: tuple[str, ...]) -> Requirement:
    return Requirement(line=f"{name}=={number}", name=canonical(name), origin=origin, hashes=hashes)


def address(name: str, url: str, origin: str, hashes: tuple[str, ...] = (), subdirectory: str = "") -> Requirement:
    fragment = f"#subdirectory={subdirectory}" if subdirectory else ""
    return Requirement(line=f"{name} @ {url}{fragment}", name=canonical(name), origin=origin, hashes=hashes)


def commit(name: str, repository: str, revision: str, origin: str, subdirectory: str = "") -> Requirement:
    where = repository if "://" in repository else f"ssh://{repository.replace(':', '/', 1)}"
    at = f"@{revision}" if revision else ""
    return address(name, f"git+{where.removeprefix('git+')}{at}", origin, (), subdirectory)


def archive(name: str, path: str, origin: str, hashes: tuple[str, ...]) -> Requirement:
    """A wheel or a source archive that comes with the app."""
    place = inside(path, origin)
    local = LocalProject(path=place, editable=False)
    return Requirement(line=written(place), name=canonical(name), origin=origin, hashes=hashes, local=local)


def folder(name: str, path: str, origin: str) -> Requirement:
    return archive(name, path, origin, ())


def editable(name: str | None, path: str, origin: str) -> Requirement:
    place = inside(path, origin)
    local = LocalProject(path=place, editable=True)
    return Requirement(line=f"-e {written(place)}", name=canonical(name) if name else None, origin=origin, local=local)


def specified(name: str, specifier: str, origin: str, hashes: tuple[str, ...]) -> Requirement:
    """By a whole specifier, `==1.0`; `*` is any version."""
    line = f"{name}{specifier if specifier != '*' else ''}"
    return Requirement(line=line, name=canonical(name), origin=origin, hashes=hashes)
