"""The `nginx` layer: which nginx, where it comes from, and the step that puts it there."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.model import Choice, Step
from tampu.envs import compiling, nginx_packages, nginx_source
from tampu.envs.apt import AptMissing, AptUnreachable
from tampu.envs.bundle import bundle_of
from tampu.envs.distribution import THIS, Distribution
from tampu.envs.mirror import digest_of_mirror, read_mirror
from tampu.envs.nginx import Archive, Program, version_of
from tampu.envs.nginx_source import Built
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world import files
from tampu.world.address import fetchable
from tampu.world.cache import Hit, Key
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tampu.build.model import Target, Work
    from tampu.envs.nginx import Source
    from tampu.world import World

# Raise it when the same nginx would now be laid out in another way.
LAYOUT = "1"
OWN = Path("bin", "nginx")


class NoNginx(TampuError):
    reason = "nginx::none"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(
            title="There is no nginx to be had for this app",
            found="\n".join(reasons),
            expected="one of them to have it",
            todo=(
                "Build on Debian or Ubuntu with a network, set TAMPU_MIRROR to a mirror that has an nginx,\n"
                "or put one that runs on this kind of machine into the app as bin/nginx."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why one who may have an nginx has none."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The nginx of a build, and why; no step where the app brings its own."""

    choice: Choice
    step: Step | None = None
    source: Source | None = None


def decide(target: Target, world: World, distribution: Distribution = THIS, ours: Path | None = None) -> Decision:
    """The app's own nginx; this tampu's own; what was decided last time; else the first that is to be had."""
    if target.machine != os.uname().machine:
        return _elsewhere(target, world, distribution)
    app, fork = target.app / OWN, (ours or house()) / OWN
    if runs(app):
        own = Program(path=app, version=version_of(app, "the app's bin/nginx", world), origin="the app's own bin/nginx")
        choice = Choice(what=f"nginx {own.version} from {own.origin}", because="an app's own goes before any other")
        # On a laptop the stack's home is another folder than the app.
        return Decision(choice=choice, step=_step(own, distribution) if target.local else None)
    without = "the app's bin/nginx can't be executed" if app.is_file() else "the app has no bin/nginx"
    if runs(fork):
        version = version_of(fork, "bin/nginx of this tampu", world)
        return _decision(Program(path=fork, version=version, origin="bin/nginx of this tampu"), without, distribution)
    return _remembered(world, distribution) or _looked_up(f"{without}, and this tampu none", world, distribution)


def _elsewhere(target: Target, world: World, distribution: Distribution) -> Decision:
    """For another kind of machine: none can be made here, nor started."""
    found = _of_mirror(world, target.machine)
    if isinstance(found, Absence):
        raise NoNginx((found.why, f"none for {target.machine} can be made on a machine of {os.uname().machine}"))
    return _decision(found, f"it is for {target.machine}", distribution)


def runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _looked_up(without: str, world: World, distribution: Distribution) -> Decision:
    found, absences = _first(world, distribution, without)
    memo = {"version": found.version, "origin": found.origin, "identity": found.identity, "because": absences}
    world.cache.note("nginx", _key(world, distribution), json.dumps(memo))
    return _decision(found, absences, distribution)


def _first(world: World, distribution: Distribution, *before: str) -> tuple[Source, str]:
    """The first that is to be had, and why it is not one before it."""
    absences = [*before]
    for found in _sources(world, distribution):
        if not isinstance(found, Absence):
            return found, "; ".join(absences)
        absences.append(found.why)
    raise NoNginx(absences)


def _sources(world: World, distribution: Distribution) -> Iterator[Source | Absence]:
    """One after the other, each asked only when those before it have none."""
    yield _of_mirror(world, os.uname().machine)
    if bundle_of(world.environ):
        return
    yield _of_distribution(world, distribution)
    yield _of_source(world)


def _of_mirror(world: World, machine: str) -> Source | Absence:
    location = world.environ.get("TAMPU_MIRROR")
    if not location:
        return Absence(why="TAMPU_MIRROR is not set")
    mirror = read_mirror(location, world.fetch)
    pins = mirror.pins("nginx", machine)
    if not pins:
        return Absence(why=f"the mirror {mirror.shown} has none for {machine}")
    return Archive(pin=pins[max(pins, key=compiling.numbers)], origin=f"the mirror {mirror.shown}")


def _of_distribution(world: World, distribution: Distribution) -> Source | Absence:
    world.say.step(f"Looking for nginx in the packages of {distribution.name}")
    try:
        found = nginx_packages.find(world, distribution)
    except AptMissing:
        return Absence(why="this machine has no apt to get its distribution's from")
    except AptUnreachable as error:
        return Absence(why=f"the packages of {distribution.name} can't be reached ({error.why})")
    return found or Absence(why=f"the packages of {distribution.name} have none")


def _of_source(world: World) -> Source | Absence:
    if program := compiling.missing(world):
        return Absence(why=f"none can be built from its source without {program}")
    pin = nginx_source.choose("", world)
    if not world.fetch.reaches(pin.url):
        return Absence(why=f"the source of nginx {pin.version} can't be reached ({fetchable(pin.url).shown})")
    return Built(pin=pin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One that the cache has; should it be gone when it is needed, all are asked again."""

    version: str
    origin: str
    identity: str
    distribution: Distribution

    def lay(self, place: Path, world: World) -> None:
        found, _ = _first(world, self.distribution)
        found.lay(place, world)


def _remembered(world: World, distribution: Distribution) -> Decision | None:
    text = world.cache.recall("nginx", _key(world, distribution))
    if text is None:
        return None
    memo = json.loads(text)
    because = memo.pop("because")
    remembered = Remembered(**memo, distribution=distribution)
    found = world.cache.find("nginx", _step(remembered, distribution).key)
    return _decision(remembered, because, distribution) if isinstance(found, Hit) else None


def _decision(source: Source, because: str, distribution: Distribution) -> Decision:
    choice = Choice(what=f"nginx {source.version} from {source.origin}", because=because)
    return Decision(choice=choice, step=_step(source, distribution), source=source)


def _step(source: Source, distribution: Distribution) -> Step:
    parts = {
        "nginx": source.version,
        "content": hashlib.sha256(source.identity.encode()).hexdigest(),
        "distribution": distribution.name,
        "CPU": os.uname().machine,
        "tampu's layout": LAYOUT,
    }
    return Step(
        name="nginx",
        title=f"Installing nginx {source.version}",
        key=Key(parts),
        make=lambda work: _make(source, work),
    )


def _make(source: Source, work: Work) -> None:
    with ExitStack() as undo:
        undo.callback(files.remove, work.place)
        source.lay(work.place, work.world)
        undo.pop_all()


def _key(world: World, distribution: Distribution) -> Key:
    return Key(
        {
            "mirror": digest_of_mirror(world.environ),
            "distribution": distribution.name,
            "CPU": os.uname().machine,
            "TAMPU_REFRESH": world.environ.get("TAMPU_REFRESH", ""),
        }
    )
