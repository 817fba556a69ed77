"""The nginx of the machine's distribution, with the libraries that its packages name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.envs.apt import opened, opened_last
from tampu.envs.distribution import THIS, Distribution
from tampu.envs.nginx import NoNginxInside, lay
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.envs.apt import Apt
    from tampu.envs.distribution import Package
    from tampu.world import World

NGINX = "nginx"
OF_UWSGI = "libexpat1"
OF_THE_C_LIBRARY = frozenset({"libc6", "libgcc-s1", "libgcc1"})
LIBRARIES = "libs"
PROGRAM = "usr/sbin/nginx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """Packages in exactly these versions: as apt writes them, name=version."""

    names: tuple[str, ...]
    version: str
    distribution: Distribution = THIS

    @property
    def origin(self) -> str:
        return f"the packages of {self.distribution.name}"

    @property
    def identity(self) -> str:
        return " ".join(self.names)

    def lay(self, place: Path, world: World) -> None:
        with opened_last(world, self.distribution) as apt, world.cache.workshop() as bench:
            world.say.detail(f"Fetching {self.identity}")
            root = bench / "root"
            apt.let_go()
            apt.unpack(self.names, root)
            if not (root / PROGRAM).is_file():
                raise NoNginxInside(self.origin)
            lay(root / PROGRAM, place, self.origin, world, root)


def find(world: World, distribution: Distribution = THIS) -> Packages | None:
    """What the distribution has, if it has an nginx."""
    with opened(world, distribution) as apt:
        packages = {package.name: package for package in _needed(apt)}
        if NGINX not in packages:
            return None
        apt.hold()
    names = tuple(sorted(package.exactly for package in packages.values()))
    return Packages(names=names, version=_upstream(packages[NGINX].version), distribution=distribution)


def _needed(apt: Apt) -> Iterator[Package]:
    """nginx, where its program is in another package that one too, and all libraries that these need."""
    seen: set[str] = set()
    wanted = {NGINX, OF_UWSGI}
    while wanted:
        seen |= wanted
        kept = [package for package in apt.known(*sorted(wanted)).values() if _counts(package)]
        yield from kept
        wanted = {need for package in kept for need in package.needs} - seen - OF_THE_C_LIBRARY


def _counts(package: Package) -> bool:
    return package.name.startswith(NGINX) or package.section.rpartition("/")[2] == LIBRARIES


def _upstream(version: str) -> str:
    """As in 1.22.1, of 1.22.1-9+deb12u4."""
    return version.rpartition(":")[2].rpartition("-")[0] or version
