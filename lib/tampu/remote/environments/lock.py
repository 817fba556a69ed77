"""Exact versions with the hashes of their files, for the Python and the platform of a host."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs import machine, uv
from tampu.envs.clients import client_settings, uv_options
from tampu.envs.explain import Unreachable, explained
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.facts.requirements import fingerprints
from tampu.facts.tree import Tree
from tampu.remote.environments.target import UnknownPlatform, own_kind, series_of
from tampu.values import dataclass, field
from tampu.world import files
from tampu.world.environ import NO_BYTECODE, tool_env
from tampu.world.house import house
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tampu.facts.requirements import Requirement
    from tampu.remote.environments.target import Target
    from tampu.world import World

    Act = Callable[[Path], str]

# Raise it when the same lock would now be made into another environment.
LAYOUT = "1"
BLOCKS = re.compile(r"(?m)^(?=[^\s#-])")
LOGIN = re.compile(r"(https?://)([^\s/@]+@)([^\s/]+)")
# A folder or an archive beside the project's files, in the ways that lists name it.
LOCAL = re.compile(r"(?:(?:-e|--editable)[ =]+)?(\.{1,2}(?=/|$)[^\s;\[]*|/[^\s;\[]+)")
ADDRESS = re.compile(r"(https?://)([^\s/@]+)(?=/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to install: `requirements` as their lines; `given` is what a complete lock of the project at `root` has."""

    requirements: tuple[str, ...]
    root: Path
    given: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """`id` is that of the environment that is made of it; with nothing to install there is none."""

    text: str
    id: str
    root: Path
    logins: Mapping[str, str] = field(default_factory=dict, repr=False)


def locked(wanted: Wanted, target: Target, world: World, *, upgrade: bool = False) -> Lock:
    """The same as last time for the same wishes, with no look at the network; `upgrade` takes what is newest now."""
    if not wanted.requirements:
        return Lock(text="", id="", root=wanted.root)
    if not target.platform:
        raise UnknownPlatform(str(target.kind))
    place = world.cache.folder("remote") / "locks" / _digest((_local(wanted), *_told(wanted, target, world)))
    text = "" if upgrade or not place.is_file() else place.read_text(encoding="utf-8")
    if not text:
        text = given(wanted) or _resolved(wanted, target, world, upgrade=upgrade)
        place.parent.mkdir(parents=True, exist_ok=True)
        files.replace(place, text)
    return relocked(text, wanted, target)


def relocked(text: str, wanted: Wanted, target: Target) -> Lock:
    """These versions, for that target."""
    if not text:
        return Lock(text="", id="", root=wanted.root)
    told = (text, target.series, target.implementation, target.platform, target.interpreter, _local(wanted), LAYOUT)
    return Lock(text=text, id=_digest(told), root=wanted.root, logins=_logins(wanted.requirements))


def without_logins(text: str) -> str:
    return LOGIN.sub(r"\1\3", text)


def with_logins(lock: Lock) -> str:
    """For the package client's eyes only."""
    return ADDRESS.sub(lambda found: f"{found[1]}{lock.logins.get(found[2], '')}{found[2]}", lock.text)


def _logins(requirements: Iterable[str]) -> dict[str, str]:
    """By the host that they are for."""
    return {found[3]: found[2] for line in requirements for found in LOGIN.finditer(line)}


def given(wanted: Wanted) -> str:
    """The project's own lock, if it has all that is wanted, and a hash for each."""
    there = {each.line: each for each in wanted.given}
    chosen = [there.get(line) for line in wanted.requirements]
    if not all(each and each.hashes and not each.local for each in (*chosen, *wanted.given)):
        return ""
    rows = sorted((each.line, *sorted(each.hashes)) for each in wanted.given)
    return "".join(_row(line, hashes) for line, *hashes in rows)


def client_env(world: World) -> dict[str, str]:
    cache = {"UV_CACHE_DIR": str(world.cache.folder("uv"))}
    return {**tool_env(world.environ), **client_settings(world.environ), **NO_BYTECODE, **cache}


def client(world: World) -> Path:
    return obtain(house() / "vendor" / "tools.lock", world, pinned_runtime).uv


def for_target(target: Target, world: World) -> tuple[str, ...]:
    return (
        *uv_options(world.environ),
        *("--python-version", target.python, "--python-platform", target.platform),
    )


def by_a_python(act: Act, target: Target, world: World) -> str:
    """With the Python that we run on, which also builds what has no wheel; if that fails, with one like the host's."""
    try:
        return act(Path(sys.executable))
    except CommandFailed as error:
        own = "{}.{}".format(*sys.version_info[:2])
        if own == target.series or not target.kind.runs_what_is_built_on(own_kind()):
            raise
        here = machine.find(world.environ, world.run)
        found = next((each.path for each in here if series_of(each.version) == target.series), None)
        if found is None or isinstance(explained(error), Unreachable):
            raise
        return act(found)


def _resolved(wanted: Wanted, target: Target, world: World, *, upgrade: bool) -> str:
    world.say.step("Choosing versions")
    program = client(world)
    with world.cache.workshop() as bench:
        asked, bounds, out = bench / "asked.txt", bench / "bounds.txt", bench / "lock.txt"
        asked.write_text("".join(f"{_rooted(line, wanted.root)}\n" for line in wanted.requirements), encoding="utf-8")
        bounds.write_text("".join(f"{line}\n" for line in _bounds(wanted)), encoding="utf-8")
        more = ("--upgrade",) if upgrade else ()
        words = (*for_target(target, world), *more, "-c", str(bounds), "-o", str(out), str(asked))

        def resolve(python: Path, *offline: str) -> str:
            command = uv.pin(program, python, (*offline, *words), wanted.root, client_env(world))
            return world.run.ask(command)

        try:
            by_a_python(resolve, target, world)
        except CommandFailed as error:
            if not isinstance(explained(error), Unreachable):
                raise explained(error) from error
            try:
                by_a_python(lambda python: resolve(python, "--offline"), target, world)
            except CommandFailed:
                raise explained(error) from error
            world.say.detail("No index can be reached: chosen among what was fetched before")
        return _settled(out.read_text(encoding="utf-8"), wanted.given)


def _rooted(line: str, root: Path) -> str:
    """Never as a link to files that the host has not."""
    found = LOCAL.match(line)
    return f"{root / found[1]}{line[found.end() :]}" if found else line


def _local(wanted: Wanted) -> dict[str, str]:
    """What is in them now: their versions say too little."""
    found = (LOCAL.match(line) for line in wanted.requirements)
    return fingerprints(Tree(wanted.root), (each[1] for each in found if each))


def _bounds(wanted: Wanted) -> list[str]:
    return [each.line for each in wanted.given if each.name and "==" in each.line and not each.local]


def _settled(text: str, pinned: Iterable[Requirement]) -> str:
    """In order, without logins, and with the very hashes that the project's lock has."""
    hashes = {each.line: each.hashes for each in pinned if each.hashes}
    rows = [block.split() for block in BLOCKS.split(without_logins(text)) if block.strip()]
    made = []
    for words in rows:
        found = [word.removeprefix("--hash=") for word in words if word.startswith("--hash=")]
        line = " ".join(word for word in words if word != "\\" and not word.startswith("--hash="))
        made.append(_row(line, hashes.get(line.partition(" ;")[0], tuple(found))))
    return "".join(sorted(made))


def _row(line: str, hashes: Sequence[str]) -> str:
    return " \\\n    ".join((line, *(f"--hash={each}" for each in hashes))) + "\n"


def _told(wanted: Wanted, target: Target, world: World) -> tuple[object, ...]:
    """All that decides about a lock, without a login: beside variables, the package client reads files."""
    home = Path(world.environ.get("HOME", "/"))
    project = _text(wanted.root / "pyproject.toml")
    texts = (_text(home / ".config/uv/uv.toml"), _text(wanted.root / "uv.toml"), project * ("tool.uv" in project))
    settings = [*sorted(client_settings(world.environ).items()), *enumerate(texts)]
    return (
        [without_logins(line) for line in wanted.requirements],
        [(each.line, sorted(each.hashes)) for each in wanted.given],
        (target.python, target.implementation, target.platform),
        [(name, without_logins(value)) for name, value in settings],
    )


def _text(place: Path) -> str:
    try:
        return place.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
