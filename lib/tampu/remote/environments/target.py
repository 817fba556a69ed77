"""What a script will run on: which Python, on what kind of machine."""

from __future__ import annotations

import os
import platform
import re
import sys
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

# In uv's words: https://docs.astral.sh/uv/reference/cli/ has them under --python-platform.
GLIBCS = (17, 28, *range(31, 41))
MACHINES = ("x86_64", "aarch64")
SAME = {"arm64": "aarch64", "amd64": "x86_64"}
GLIBC = re.compile(r"glibc 2\.([0-9]+)")
CPYTHON = "cpython"


class UnknownPlatform(TampuError):
    reason = "remote::unknown-platform"

    def __init__(self, found: str) -> None:
        super().__init__(
            title="No packages can be chosen for a host of this kind",
            found=found,
            expected="Linux with glibc 2.17 or newer or with musl, or macOS; on x86_64 or aarch64",
            todo="Take another host. A script that needs no packages runs on this one, too.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python of the host's own."""

    path: str
    version: str
    implementation: str = CPYTHON

    @property
    def series(self) -> str:
        return series_of(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of machine; `libc` is the minor version of its glibc, and 0 where it has another C library."""

    system: str
    machine: str
    libc: int = 0

    @property
    def platform(self) -> str:
        """In uv's words, and never more than the host has; nothing where there are no words for it."""
        if self.machine not in MACHINES:
            return ""
        if self.system == "darwin":
            return f"{self.machine}-apple-darwin"
        if self.system == "linux" and not self.libc:
            return f"{self.machine}-unknown-linux-musl"
        known = [each for each in GLIBCS if each <= self.libc]
        return f"{self.machine}-manylinux_2_{known[-1]}" if self.system == "linux" and known else ""

    def runs_what_is_built_on(self, other: Kind) -> bool:
        return (self.system, self.machine) == (other.system, other.machine) and self.libc >= other.libc

    def __str__(self) -> str:
        libc = f" with glibc 2.{self.libc}" if self.libc else ""
        return f"{self.system}{libc} on {self.machine}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`interpreter` is where the host has it; there, {store} is its folder of ours."""

    python: str
    interpreter: str
    kind: Kind
    implementation: str = CPYTHON

    @property
    def series(self) -> str:
        return series_of(self.python)

    @property
    def environment(self) -> Environment:
        return Environment(python=self.python, machine=self.kind.machine)

    @property
    def platform(self) -> str:
        return self.kind.platform


def kind_of(hello: Mapping[str, str]) -> Kind:
    machine = hello["machine"].lower()
    libc = GLIBC.match(hello["libc"])
    return Kind(system=hello["system"], machine=SAME.get(machine, machine), libc=int(libc[1]) if libc else 0)


def own_kind() -> Kind:
    """That of this machine."""
    libc = " ".join(platform.libc_ver())
    return kind_of({"machine": os.uname().machine, "system": sys.platform, "libc": libc})


def own_environment() -> Environment:
    return Environment(python=platform.python_version(), machine=own_kind().machine)


def interpreter_of(hello: Mapping[str, str]) -> Interpreter:
    """The one that the agent runs on."""
    return Interpreter(
        path=hello["executable"], version=hello["python"], implementation=hello.get("implementation", CPYTHON)
    )


def target_of(hello: Mapping[str, str], interpreter: Interpreter | None = None) -> Target:
    """The host that said hello, with one of its Pythons; without one named, the agent's."""
    chosen = interpreter or interpreter_of(hello)
    return Target(
        python=chosen.version,
        interpreter=chosen.path,
        implementation=chosen.implementation,
        kind=kind_of(hello),
    )


def series_of(version: str) -> str:
    return ".".join(version.split(".")[:2])
