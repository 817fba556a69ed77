"""Packages of this machine's distribution: found and fetched by its own apt, which need not be root for it."""

from __future__ import annotations

import fcntl
import re
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tampu.envs import debs
from tampu.envs.distribution import THIS, read_packages
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world import files
from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tampu.envs.distribution import Distribution, Package
    from tampu.world import World

PROGRAMS = ("apt-get", "apt-cache", "dpkg-deb")
FRESH_SECONDS = 3600
# The C library belongs together with the loader of the machine, which no variable can choose: another one crashes.
OF_THE_LOADER = frozenset({"libc6", "libc-bin"})
HELD = "held"
# Read after the machine's own settings, whose hooks are meant for root's apt and not for ours.
LAST_WORD = "#clear APT::Update;\n"
SETTINGS = (
    *("APT::Sandbox::User=", "Debug::NoLocking=1", "Acquire::Languages=none"),
    *("Acquire::Retries=2", "Acquire::http::Timeout=20", "Acquire::https::Timeout=20"),
    *(f"Acquire::IndexTargets::deb::{index}::DefaultEnabled=false" for index in ("DEP-11", "CNF", "Contents-deb")),
)
CHOSEN = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", re.MULTILINE)
UNKNOWN = re.compile(
    r"^E: (?:Unable to locate package (\S+)|Package '(\S+)' has no|Version '\S+' for '(\S+)' was)", re.MULTILINE
)


class AptMissing(TampuError):
    reason = "apt::missing"

    def __init__(self, program: str) -> None:
        super().__init__(
            title="This machine has no apt, and so no way to get packages of its distribution",
            found=f"no {program} on PATH",
            expected="apt-get, as Debian and Ubuntu have it",
            todo=(
                "Build on Debian or Ubuntu, or take systempackages out of dotcloud.yml and see to it that\n"
                "the machine has what the app needs of them."
            ),
        )


class AptUnreachable(TampuError):
    reason = "apt::unreachable"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            title="The distribution's list of packages can't be read",
            found=_in_two(why),
            expected="an answer from the sources in /etc/apt",
            todo="Check the network of this machine and https_proxy, and that `apt-get update` works.",
        )


class UnknownPackage(TampuError):
    reason = "apt::unknown-package"

    def __init__(self, names: Iterable[str], distribution: str) -> None:
        super().__init__(
            title=f"systempackages of dotcloud.yml has a name that {distribution} doesn't know",
            found=", ".join(names),
            expected=f"packages of {distribution}, in a version that it has",
            todo=(
                "Look its name up with `apt-cache search`: names change from one release to the next.\n"
                "Correct systempackages in dotcloud.yml, commit it and build again."
            ),
        )


class AptFailed(TampuError):
    reason = "apt::failed"

    def __init__(self, names: Iterable[str], why: str) -> None:
        super().__init__(
            title="Packages of the distribution can't be fetched",
            found=_in_two(why),
            expected=f"{' '.join(names)} and what belongs to them",
            todo="Check the network of this machine, and that `apt-get download` works on it.",
        )


def _in_two(why: str) -> str:
    """What apt could not do, and below it why not."""
    return why.replace("  ", "\n", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apt:
    """The distribution's apt, at work in a folder of ours."""

    folder: Path
    world: World
    distribution: Distribution

    def known(self, *names: str) -> Mapping[str, Package]:
        """What can be had of these."""
        try:
            text = self._ask("apt-cache", "show", "--no-all-versions", *names) if names else ""
        except CommandFailed:
            return {}
        return {package.name: package for package in read_packages(text)}

    def closure(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """These, and all that they need and the machine lacks."""
        # For apt, a minus behind a name means to remove that package.
        if unknown := [name for name in names if name.endswith("-")]:
            raise UnknownPackage(unknown, self.distribution.name)
        simulate = ("-s", "-y", "--no-install-recommends", f"-oDir::State::status={self.distribution.status}")
        try:
            text = self._ask("apt-get", *simulate, "install", *names)
        except CommandFailed as error:
            lost = {"".join(found) for found in UNKNOWN.findall(error.output)}
            if unknown := [name for name in names if name.partition("=")[0] in lost]:
                raise UnknownPackage(unknown, self.distribution.name) from error
            raise AptFailed(names, _why(error)) from error
        chosen = {name: f"{name}={version}" for name, version in CHOSEN.findall(text)}
        # What this machine has may be missing where the app runs: what was asked for by name always comes along.
        asked = self.known(*(name for each in names if (name := each.partition("=")[0]) not in chosen))
        found = {**{package.name: package.exactly for package in asked.values()}, **chosen}
        return tuple(sorted(found[name] for name in found.keys() - OF_THE_LOADER))

    def unpack(self, names: tuple[str, ...], place: Path) -> None:
        """Lay their files out in that folder, as if it were the root."""
        archives = self.folder / "debs"
        files.remove(archives)
        archives.mkdir()
        try:
            self._ask("apt-get", "download", *names, cwd=archives)
            for archive in sorted(archives.glob("*.deb")):
                self._run(("dpkg-deb", "-x", str(archive), str(place)), archives)
                self._run(("dpkg-deb", "-e", str(archive), str(archive.with_suffix(""))), archives)
        except CommandFailed as error:
            raise AptFailed(names, _why(error)) from error
        scripts = sorted(archives.glob("*/postinst"))
        debs.tidy(place, (script.read_text(encoding="utf-8", errors="replace") for script in scripts))

    def hold(self) -> None:
        """Let the list of packages stay as it is until what was chosen from it is there."""
        (self.folder / HELD).touch()

    def let_go(self) -> None:
        (self.folder / HELD).unlink(missing_ok=True)

    def update(self) -> None:
        """Read the list of packages anew; a source that doesn't answer is none where another one does."""
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        (self.folder / "state" / "status").touch()
        (self.folder / "last.conf").write_text(LAST_WORD, encoding="utf-8")
        why = "no source of packages in /etc/apt"
        try:
            self._ask("apt-get", "update", "-oAPT::Update::Error-Mode=any")
        except CommandFailed as error:
            why = _why(error)
            self.world.say.detail(f"Not all sources of packages answer: {why}")
        if not any(self.folder.glob("state/lists/*Packages*")):
            raise AptUnreachable(why)

    def _ask(self, program: str, *words: str, cwd: Path | None = None) -> str:
        places = {
            "Dir::Etc": self.distribution.sources,
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "state" / "status",
            "Dir::Cache": self.folder / "cache",
        }
        settings = (*(f"-o{name}={place}" for name, place in places.items()), *(f"-o{each}" for each in SETTINGS))
        return self._run((program, "-qq", "-c", str(self.folder / "last.conf"), *settings, *words), cwd or self.folder)

    def _run(self, argv: tuple[str, ...], cwd: Path) -> str:
        env = {**tool_env(self.world.environ), "LC_ALL": "C"}
        return self.world.run.ask(Command(argv=argv, cwd=cwd, env=env))


def missing(world: World) -> str | None:
    """The first program of apt's that this machine has not."""
    path = tool_env(world.environ)["PATH"]
    return next((program for program in PROGRAMS if shutil.which(program, path=path) is None), None)


@contextmanager
def opened(world: World, distribution: Distribution = THIS) -> Iterator[Apt]:
    """Apt with a list of packages that is not old; one build at a time has it."""
    if program := missing(world):
        raise AptMissing(program)
    apt = Apt(folder=world.cache.folder("apt"), world=world, distribution=distribution)
    with (apt.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = apt.folder / "updated"
        if not _is_fresh(stamp):
            apt.update()
            stamp.touch()
        yield apt


def _is_fresh(stamp: Path) -> bool:
    """One of the future was made by a clock that has been set back since."""
    return stamp.exists() and 0 <= time.time() - stamp.stat().st_mtime <= FRESH_SECONDS


@contextmanager
def opened_last(world: World, distribution: Distribution = THIS) -> Iterator[Apt]:
    """The same, and then the list of packages goes unless it is held: it is larger than most of what it leads to."""
    with opened(world, distribution) as apt:
        yield apt
        if not (apt.folder / HELD).exists():
            for entry in tuple(apt.folder.iterdir()):
                if entry.name != "lock":
                    files.remove(entry)


def _why(error: CommandFailed) -> str:
    lines = [line[3:] for line in error.output.splitlines() if line.startswith("E: ")]
    return lines[0] if lines else error.output.strip() or error.ending
