"""Something to install the first packages with, on a machine that may have no pip: tried from the cheapest on."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs.clients import client_settings, uv_options
from tampu.values import dataclass
from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.world import World

# Debian's wheels are made for Debian's own Python: others may be too new for them.
OF_THE_DISTRIBUTION = {Path("/usr/lib"): Path("/usr/share/python-wheels")}
# What they install is kept in our cache: nothing of it goes into one of theirs, which may not even be writable.
PIP = ("install", "--quiet", "--no-input", "--no-compile", "--no-cache-dir", "--progress-bar", "off")
FROM_LOCK = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--target")


@dataclass(frozen=True, slots=True)
class Installer:
    """The first words of a command that installs a lock into a folder."""

    about: str
    words: tuple[str, ...]

    def install(self, lock: Path, place: Path, world: World) -> Command:
        return Command(
            argv=(*self.words, *FROM_LOCK, str(place), "-r", str(lock)),
            cwd=world.cache.root,
            env={**tool_env(world.environ), **client_settings(world.environ), "PIP_ROOT_USER_ACTION": "ignore"},
        )


def installers(world: World) -> Iterator[Installer]:
    """Those that this machine has."""
    if _has_pip(world):
        yield Installer("pip of this machine", (sys.executable, "-I", "-m", "pip", *PIP))
    for wheel in _wheels(Path(sysconfig.get_path("stdlib"))):
        yield Installer(f"{wheel.name} of this machine", (sys.executable, "-I", f"{wheel}/pip", *PIP))
    if uv := shutil.which("uv", path=tool_env(world.environ)["PATH"]):
        words = (uv, "pip", "install", "--quiet", "--no-cache", "--python", sys.executable, *uv_options(world.environ))
        yield Installer("uv of this machine", words)


def of_runtime(python: Path) -> Installer | None:
    """The pip that a runtime brings along: as a wheel, or installed."""
    (stdlib,) = python.parent.parent.glob("lib/python3.*")
    wheel = next(iter(_wheels(stdlib)), None)
    pip = (f"{wheel}/pip",) if wheel else ("-m", "pip") if (stdlib / "site-packages" / "pip").is_dir() else ()
    return Installer("pip of the pinned Python", (str(python), "-I", *pip, *PIP)) if pip else None


def _has_pip(world: World) -> bool:
    argv = (sys.executable, "-I", "-c", "import importlib.util as u; raise SystemExit(u.find_spec('pip') is None)")
    try:
        world.run.ask(Command(argv=argv, cwd=Path("/"), env=tool_env(world.environ)))
    except CommandFailed:
        return False
    return True


def _wheels(stdlib: Path) -> list[Path]:
    places = (stdlib / "ensurepip" / "_bundled", OF_THE_DISTRIBUTION.get(stdlib.parent))
    return [wheel for place in places if place for wheel in sorted(place.glob("pip-*.whl"))]
