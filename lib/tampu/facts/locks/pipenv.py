"""Pipfile.lock: what to install, in sections."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tampu.facts.locks import exact
from tampu.facts.locks.lockfile import UnknownVersion, open_json, open_toml, outdated
from tampu.facts.locks.table import UnreadableLock
from tampu.facts.requirements import Packages, fingerprints
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.facts.environment import Environment
    from tampu.facts.locks.table import Table
    from tampu.facts.requirements import Requirement
    from tampu.facts.tree import Tree

PIPFILE = "Pipfile"
NOT_CATEGORIES = (
    "source",
    "packages",
    "dev-packages",
    "requires",
    "scripts",
    "pipfile",
    "pipenv",
    "default",
    "develop",
)
VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


def read(tree: Tree, target: Environment, name: str) -> Packages:
    lock = open_json(tree, name)
    meta = lock.table("_meta")
    if meta.values.get("pipfile-spec") != 6:  # noqa: PLR2004 - the only format that pipenv ever shipped
        raise UnknownVersion(name, str(meta.values.get("pipfile-spec", "")), "pipfile-spec 6", "pipenv lock")
    return Packages(
        manager="pipenv",
        because=f"{name} is present",
        requirements=tuple(_requirements(lock, target, name)),
        options=tuple(_options(meta)),
        sources=fingerprints(tree, (name,)),
        notices=(*_other_python(meta, target, name), *_staleness(tree, meta, name)),
        complete=True,
    )


def _requirements(lock: Table, target: Environment, origin: str) -> Iterator[Requirement]:
    names = dict.fromkeys({"dev": "develop", "test": "develop"}.get(group, group) for group in target.groups)
    sections = [lock.table(section) for section in ("default", *names)]
    entries = {name: section.table(name) for section in reversed(sections) for name in section.values}
    for name in sorted(entries):
        if target.meets(entries[name].text("markers"), entries[name].place):
            yield _requirement(name, entries[name], origin)


def _requirement(name: str, entry: Table, origin: str) -> Requirement:
    hashes, path = entry.texts("hashes"), entry.text("path")
    address = entry.text("file") or entry.text("url")
    if entry.text("git"):
        return exact.commit(name, entry.text("git"), entry.text("ref"), origin, entry.text("subdirectory"))
    if path and entry.flag("editable"):
        return exact.editable(name, path, origin)
    if path:
        return exact.archive(name, path, origin, hashes)
    if "://" in address:
        return exact.address(name, address, origin, hashes)
    if address:
        return exact.archive(name, address, origin, hashes)
    return exact.specified(name, entry.text("version"), origin, hashes)


def _options(meta: Table) -> Iterator[str]:
    """Sources beside the one named pypi; where there is none of that name, the first is the default."""
    sources = meta.tables("sources")
    named = any(source.text("name") == "pypi" for source in sources)
    others = [source for source in sources if source.text("name") != "pypi"]
    for at, source in enumerate(others):
        url = VARIABLE.sub(r"${\1}", source.text("url"))
        yield exact.option("--extra-index-url" if named or at else "--index-url", url, meta.place)
        if "verify_ssl" in source.values and not source.flag("verify_ssl"):
            yield exact.option("--trusted-host", _host(url, meta.place), meta.place)


def _host(url: str, origin: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError as error:
        raise UnreadableLock(origin, url, "the address of an index") from error


def _other_python(meta: Table, target: Environment, name: str) -> tuple[Notice, ...]:
    requires = meta.table("requires")
    wanted = requires.text("python_full_version") or requires.text("python_version")
    if wanted in {"", "*"} or f"{target.python}.".startswith(f"{wanted}."):
        return ()
    text = (
        f"{name} was made for Python {wanted}, the app runs on {target.python}\n\n"
        "Packages that only one of them needs may be missing. To be sure, lock again with that Python."
    )
    return (Notice(name="lock::other-python", text=text),)


def _staleness(tree: Tree, meta: Table, name: str) -> tuple[Notice, ...]:
    noted = meta.table("hash").text("sha256")
    fits = not noted or not tree.has(PIPFILE) or noted == _digest(open_toml(tree, PIPFILE))
    return () if fits else (outdated(name, PIPFILE, "pipenv lock"),)


def _digest(pipfile: Table) -> str:
    """What pipenv notes of the Pipfile in its lock."""
    values = pipfile.values
    content: dict[str, object] = {
        "_meta": {"sources": values.get("source", []), "requires": values.get("requires", {})},
        "default": values.get("packages", {}),
        "develop": values.get("dev-packages", {}),
        **{name: section for name, section in values.items() if name not in NOT_CATEGORIES},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
