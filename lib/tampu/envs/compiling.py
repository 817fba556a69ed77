"""Programs made from their authors' own source: which versions are known, and the work of the machine's compiler."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tampu.envs.mirror import read_mirror
from tampu.envs.unpack import unpack
from tampu.errors import TampuError
from tampu.facts.pins import load_sources
from tampu.values import dataclass
from tampu.world.environ import tool_env
from tampu.world.house import house
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tampu.world import World
    from tampu.world.fetch import Pin

COMPILER = ("cc", "make", "strip")
QUIETLY = '"$@" > build.log 2>&1 || { tail -n 20 build.log >&2; exit 1; }'


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`name` is that of the file in vendor/, and with `-source` behind it that of the entries in a mirror."""

    title: str
    name: str
    hint: str = ""


class ProgramMissing(TampuError):
    reason = "source::no-compiler"

    def __init__(self, title: str, missing: str, programs: Iterable[str]) -> None:
        super().__init__(
            title=f"{title} can't be made on this machine",
            found=f"no {missing} on PATH",
            expected=", ".join(programs),
            todo="On Debian or Ubuntu: apt-get install gcc make libc6-dev, then try again.",
        )


class UnknownVersion(TampuError):
    reason = "source::unknown-version"

    def __init__(self, program: Program, version: str, known: Iterable[str]) -> None:
        super().__init__(
            title=f"There is no source of {program.title} {version} to build it from",
            found=version,
            expected=_in_lines(known),
            todo=(
                "Choose one of these, or write the address and the sha256 of its source into\n"
                f"vendor/{program.name}.json. A mirror (TAMPU_MIRROR) may have it too, as "
                f"{program.name}-source.{program.hint}"
            ),
        )


class NotBuilt(TampuError):
    reason = "source::build-failed"

    def __init__(self, what: str, output: str, hint: str) -> None:
        lines = [line.strip()[:88] for line in output.strip().splitlines()[-8:]]
        super().__init__(
            title=f"{what} can't be built",
            found="\n".join(lines) or "no word of it",
            expected="its configure and make to end well",
            todo=hint,
        )


def _in_lines(known: Iterable[str], width: int = 8) -> str:
    names = list(known)
    rows = [", ".join(names[start : start + width]) for start in range(0, len(names), width)]
    return ",\n".join(rows)


def missing(world: World, programs: Iterable[str] = COMPILER) -> str | None:
    """The first of these programs that this machine has not."""
    path = tool_env(world.environ)["PATH"]
    return next((program for program in programs if shutil.which(program, path=path) is None), None)


def sources(program: Program, world: World) -> tuple[str, Mapping[str, Pin]]:
    """The version to take when none is asked for, and where each comes from: a mirror goes before the origin."""
    known = load_sources(house() / "vendor" / f"{program.name}.json")
    location = world.environ.get("TAMPU_MIRROR")
    near = read_mirror(location, world.fetch).pins(f"{program.name}-source", "any") if location else {}
    return known.default, {**known.pins, **near}


def choose(program: Program, version: str, world: World) -> Pin:
    """The source of that version, or of the newest one of that series."""
    default, pins = sources(program, world)
    asked = version or default
    fits = [each for each in pins if each == asked or each.startswith(f"{asked}.")]
    if not fits:
        raise UnknownVersion(program, version, sorted(pins, key=numbers))
    return pins[max(fits, key=numbers)]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in version.split("."))


def unpacked(pin: Pin, bench: Path, world: World) -> Path:
    """The source, fetched and laid out in the bench."""
    archive = bench / f"{pin.name}.archive"
    world.fetch.get(pin, archive)
    unpack(archive, bench / "source")
    return bench / "source"


def work(steps: Iterable[tuple[str, ...]], folder: Path, env: Mapping[str, str], world: World) -> None:
    """Run them there one after the other; of one that fails, the last lines are told."""
    for argv in steps:
        world.run.ask(Command(argv=("/bin/sh", "-c", QUIETLY, "-", *argv), cwd=folder, env=env))


def has(header: str, folder: Path, env: Mapping[str, str], world: World, *options: str) -> bool:
    """Whether the compiler finds that header."""
    argv = ("cc", "-E", *options, "-include", header, "-x", "c", "-o", "/dev/null", "/dev/null")
    try:
        world.run.ask(Command(argv=argv, cwd=folder, env=env))
    except CommandFailed:
        return False
    return True
