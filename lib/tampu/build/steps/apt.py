"""The `apt` layer: packages of the distribution that dotcloud.yml names as systempackages."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tampu.build.model import Choice, EnvVar, Mode, Scope, Step, Work
from tampu.envs.apt import missing, opened_last
from tampu.envs.distribution import THIS, Distribution
from tampu.values import dataclass
from tampu.world import files
from tampu.world.cache import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.model import Target
    from tampu.world import World

# Raise it when the same packages would now be laid out in another way.
LAYOUT = "1"
# What Debian calls a kind of machine; others are called by the kernel's name for them.
TRIPLETS = {
    "armv7l": "arm-linux-gnueabihf",
    "i686": "i386-linux-gnu",
    "ppc64le": "powerpc64le-linux-gnu",
}
ROOT = "{layers}/apt/usr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Nothing of both where nothing is asked for."""

    choices: tuple[Choice, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def env(self) -> tuple[EnvVar, ...]:
        return tuple(change for step in self.steps for change in step.env)

    @property
    def ground(self) -> Mapping[str, str]:
        """What is compiled with them stands on them."""
        return {"system packages": self.steps[0].key.digest} if self.steps else {}


def decide(packages: tuple[str, ...], target: Target, world: World, distribution: Distribution = THIS) -> Decision:
    """What dotcloud.yml names. On a laptop of another kind its user has seen to it, or sees what is missing."""
    if not packages:
        return Decision()
    if target.local and missing(world):
        without = Choice(
            what=f"Not installed: {', '.join(packages)}",
            because="systempackages of dotcloud.yml name them, and this machine has no apt",
        )
        return Decision(choices=(without,))
    chosen = Choice(
        what=f"Packages of {distribution.name}: {', '.join(packages)}",
        because="systempackages of dotcloud.yml name them",
    )
    return Decision(choices=(chosen,), steps=(apt(packages, world.environ, distribution),))


def apt(packages: tuple[str, ...], settings: Mapping[str, str], distribution: Distribution = THIS) -> Step:
    machine = os.uname().machine
    names = tuple(sorted(set(packages)))
    parts = {
        "packages": " ".join(names),
        "distribution": distribution.name,
        "CPU": machine,
        "packages of this machine": _digest(distribution),
        "TAMPU_REFRESH": settings.get("TAMPU_REFRESH", ""),
        "tampu's layout": LAYOUT,
    }
    return Step(
        name="apt",
        title="Installing packages of the distribution",
        key=Key(parts),
        env=_env(TRIPLETS.get(machine, f"{machine}-linux-gnu")),
        make=lambda work: _make(names, distribution, work),
    )


def _digest(distribution: Distribution) -> str:
    """What the machine has is not brought again, so another machine may need more."""
    status = distribution.status
    return hashlib.sha256(status.read_bytes()).hexdigest() if status.is_file() else ""


def _env(triplet: str) -> tuple[EnvVar, ...]:
    lib, include = f"{ROOT}/lib", f"{ROOT}/include"
    libraries = f"{lib}/{triplet}:{lib}"
    descriptions = f"{lib}/{triplet}/pkgconfig:{lib}/pkgconfig:{ROOT}/share/pkgconfig"
    return (
        EnvVar("PATH", f"{ROOT}/bin", Mode.PREPEND),
        EnvVar("LD_LIBRARY_PATH", libraries, Mode.PREPEND),
        EnvVar("CPATH", f"{include}:{include}/{triplet}", Mode.PREPEND, Scope.BUILD),
        EnvVar("LIBRARY_PATH", libraries, Mode.PREPEND, Scope.BUILD),
        EnvVar("PKG_CONFIG_PATH", descriptions, Mode.PREPEND, Scope.BUILD),
    )


def _make(names: tuple[str, ...], distribution: Distribution, work: Work) -> None:
    with ExitStack() as undo, opened_last(work.world, distribution) as tool:
        wanted = tool.closure(names)
        work.world.say.detail("\n".join(wanted))
        undo.callback(files.remove, work.place)
        work.place.mkdir(parents=True)
        tool.unpack(wanted, work.place)
        undo.pop_all()
