"""Those who run a script on another machine: each says with which commands, or stays and waits for a word."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import house
from commands import done
from house import TAMPU

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.kit.sshd import Server

APPS = house.APPS / "remote"
ANSWER = "hello\n"
OURS, SHARED, SSH = "tampu remote", "ssh, ControlMaster", "ssh"
HERE, HERE_COLD, TRANSFER = "python3, here", "python3 of its environment, here", "the packages as one file, ssh"
# Of a new connection, most is what the host does.
QUICK = (OURS, SHARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody sits, and which host is meant."""

    server: Server
    project: Path
    env: Mapping[str, str]
    sockets: Path
    tools: Path

    @property
    def ssh(self) -> tuple[str, ...]:
        return ("ssh", "-F", str(self.server.config), "-o", "BatchMode=yes")

    @property
    def shared(self) -> tuple[str, ...]:
        ways = (f"ControlPath={self.sockets}/%C", "ControlMaster=auto", "ControlPersist=60")
        return (*self.ssh, *(word for way in ways for word in ("-o", way)))

    def brought(self, *words: str) -> tuple[str, ...]:
        return ("rsync", "-a", "-e", " ".join(self.shared), *words)

    def hang_up(self) -> None:
        subprocess.run((*self.shared, "-O", "exit", self.server.name), check=False, capture_output=True)


class Contestant(Protocol):
    name: str
    place: Place

    def run(self) -> None: ...

    def leave(self) -> None: ...


@dataclass(slots=True)
class Commands:
    """One after another; the last one says hello."""

    name: str
    place: Place
    commands: tuple[tuple[str, ...], ...]

    def run(self) -> None:
        said = [done(command, self.place.env, folder=self.place.project) for command in self.commands]
        _heard(self.name, said[-1])

    def leave(self) -> None:
        """Nothing stays."""


@dataclass(slots=True)
class Staying:
    """A program that has its connection already, and runs the script for each line that it is given."""

    name: str
    place: Place
    command: tuple[str, ...]
    _process: subprocess.Popen[str] | None = field(default=None)

    def run(self) -> None:
        if self._process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self._process = subprocess.Popen(self.command, env=self.place.env, text=True, bufsize=1, **pipes)
        self._process.stdin.write("again\n")
        _heard(self.name, self._process.stdout.readline())

    def leave(self) -> None:
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._process.communicate()


def _heard(name: str, said: str) -> None:
    if said != ANSWER:
        sys.exit(f"{name}: {said!r}")


def again(place: Place) -> tuple[Contestant, ...]:
    """Who runs an unchanged script once more; it stands in the host's home where it isn't brought."""
    host, home = place.server.name, place.server.home
    python, put_and_run = place.tools / "bin" / "python", APPS / "put_and_run.py"
    words = (python, put_and_run, place.server.config, host, place.project / "hello.py", f"{home}/fabric.py")
    fabric = tuple(map(str, words))
    rsync = place.brought("--delete", "./", f"{host}:{home}/rsync/")
    there = (host, f"python3 {home}/hello.py")
    return (
        Commands(HERE, place, (("python3", "hello.py"),)),
        Commands(OURS, place, (tampu("hello.py"),)),
        Commands(SHARED, place, ((*place.shared, *there),)),
        Commands(SSH, place, ((*place.ssh, *there),)),
        Commands(f"rsync and {SHARED}", place, (rsync, (*place.shared, host, f"python3 {home}/rsync/hello.py"))),
        Staying("Fabric, connected", place, (*fabric, "stay")),
        Commands("Fabric", place, ((*fabric, "once"),)),
        Commands(f"uv run, {SHARED}", place, ((*place.shared, host, f"uv run --script {home}/block.py"),)),
    )


def cold(place: Place, env: Path, archive: Path) -> tuple[Contestant, ...]:
    """Who runs a script with 13 packages on a host that has never seen it; `env` is where it has run here."""
    host, home = place.server.name, place.server.home
    (packages,) = env.glob("lib/python*/site-packages")
    there = f"{home}/cold"
    rsync, copy = (place.brought(*words, "job.py", f"{host}:{there}/") for words in ((str(packages),), ()))
    run = f"PYTHONPATH={there}/site-packages python3 {there}/job.py"
    feed = f"{' '.join(place.ssh)} {host} 'cat > {home}/archive' < {archive} && echo hello"
    return (
        Commands(HERE_COLD, place, ((str(env / "bin" / "python"), "job.py"),)),
        Commands(OURS, place, (tampu("job.py"),)),
        Commands("rsync of site-packages, ssh", place, (rsync, (*place.shared, host, run))),
        Commands("uv run, ssh", place, (copy, (*place.shared, host, f"uv run --offline --script {there}/job.py"))),
        Commands(TRANSFER, place, (("sh", "-c", feed),)),
    )


def tampu(*words: str) -> tuple[str, ...]:
    return (str(TAMPU), "remote", *words)
