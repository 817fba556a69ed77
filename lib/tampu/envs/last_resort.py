"""Where a machine has no pip at all: the pinned runtime, for the pip that it brings along."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.envs.bootstrap import Installer, of_runtime
from tampu.envs.mirror import read_mirror
from tampu.envs.unpack import unpack
from tampu.errors import TampuError
from tampu.world.fetch import Pin
from tampu.world.house import house
from tampu.world.mishaps import Refused, TimedOut

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.world import World

NAME = "python"
OLDEST_FOR_TAMPU = (3, 10)


class NoInstaller(TampuError):
    reason = "tools::no-installer"

    def __init__(self, why: str) -> None:
        super().__init__(
            title="There is no pip to install tampu's tools with",
            found=f"no pip, no uv, and {why}",
            expected="one of them, for the packages of vendor/tools.lock",
            todo="On Debian or Ubuntu: apt-get install python3-pip",
        )


def pinned_runtime(world: World) -> Installer:
    """Fetched once into the cache, as lib/python.sh does where there is no Python at all."""
    pin = bootstrap_pin(os.uname().machine, world)
    place = world.cache.folder("bootstrap") / f"{pin.version}-{pin.sha256}"
    if not (place / "bin" / "python3").exists():
        world.say.detail(f"No pip here: fetching Python {pin.version} for the one that it brings")
        with world.cache.workshop() as bench:
            try:
                world.fetch.get(pin, bench / "archive")
            except (Refused, TimedOut) as error:
                raise NoInstaller(f"no way to fetch one: {error.title[0].lower()}{error.title[1:]}") from error
            unpack(bench / "archive", bench / "runtime")
            with suppress(OSError):  # another build was quicker
                (bench / "runtime").rename(place)
    installer = of_runtime(place / "bin" / "python3")
    if installer is None:
        raise NoInstaller(f"no pip in Python {pin.version}")
    return installer


def bootstrap_pin(arch: str, world: World) -> Pin:
    """A runtime that tampu itself runs on, with a pip: the mirror's newest, or the usual one where they are old."""
    location = world.environ.get("TAMPU_MIRROR")
    pins = read_mirror(location, world.fetch).pins(NAME, arch) if location else {}
    finals = (version for version in pins if version.replace(".", "").isdigit())
    newest = max((each for each in finals if numbers(each) >= OLDEST_FOR_TAMPU), key=numbers, default=None)
    if newest:
        return pins[newest]
    ours = {} if location and not pins else _vendored(house() / "vendor" / "bootstrap")
    if arch not in ours:
        raise NoInstaller(f"no Python runtime with pip to fetch for {arch}")
    return ours[arch]


def _vendored(path: Path) -> dict[str, Pin]:
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {arch: Pin(name=NAME, version=version, url=url, sha256=sha256) for arch, version, url, sha256 in lines}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
