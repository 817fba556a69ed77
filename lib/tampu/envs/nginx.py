"""The `nginx` layer: bin/nginx and the libraries that it needs, from wherever there is one."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tampu.envs import libraries
from tampu.envs.unpack import unpack
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world import files
from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from tampu.world import World
    from tampu.world.fetch import Pin

VERSION = re.compile(r"nginx version: \S+?/(\S+)")
# The wheel of uWSGI needs it and doesn't bring it.
FOR_UWSGI = "libexpat.so.1"
# nginx tells its version on stderr, as errors are told.
ASK = 'said=$("$0" -v 2>&1) && echo "$said" || { echo "$said" >&2; exit 1; }'


class NginxDoesNotStart(TampuError):
    reason = "nginx::does-not-start"

    def __init__(self, origin: str, output: str) -> None:
        super().__init__(
            title="nginx does not start",
            found=output.strip() or "no word from it",
            expected=f"{origin} to start here and to tell its version",
            todo=(
                "It was made for another kind of machine, or for newer libraries. Make it anew on a\n"
                "machine like this one (`bin/nginx_build` does), or take it away to get another."
            ),
        )


class NoNginxInside(TampuError):
    reason = "nginx::incomplete"

    def __init__(self, origin: str) -> None:
        super().__init__(
            title=f"There is no nginx in {origin}",
            found="no bin/nginx in it",
            expected="bin/nginx, and in lib/ the libraries that it needs",
            todo="Look at the archive that the mirror's index.json names, and make it anew.",
        )


class Source(Protocol):
    """An nginx that can be had; `identity` changes with its content."""

    @property
    def version(self) -> str: ...

    @property
    def origin(self) -> str:
        """As in: nginx 1.28.0 from `the mirror /srv/mirror/`."""

    @property
    def identity(self) -> str: ...

    def lay(self, place: Path, world: World) -> None:
        """Make the layer there, or raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that somebody put into bin/."""

    path: Path
    version: str
    origin: str

    @property
    def identity(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def lay(self, place: Path, world: World) -> None:
        lay(self.path, place, self.origin, world)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A mirror's bin/nginx and lib/, packed."""

    pin: Pin
    origin: str

    @property
    def version(self) -> str:
        return self.pin.version

    @property
    def identity(self) -> str:
        return self.pin.sha256

    def lay(self, place: Path, world: World) -> None:
        name = self.pin.url.rpartition("/")[2]
        with world.cache.workshop() as bench:
            world.fetch.get(self.pin, bench / name)
            unpack(bench / name, bench / "nginx")
            if not (bench / "nginx" / "bin" / "nginx").is_file():
                raise NoNginxInside(name)
            started(bench / "nginx", name, world)
            files.graft(bench / "nginx", place)


def lay(program: Path, place: Path, origin: str, world: World, root: Path = Path("/")) -> None:
    """A layer of that program and of the libraries below `root` that it needs, if it starts there."""
    (place / "bin").mkdir(parents=True)
    shutil.copyfile(program, place / "bin" / "nginx")
    (place / "bin" / "nginx").chmod(0o755)
    libraries.bring(program, (FOR_UWSGI,), place / "lib", world, root)
    started(place, origin, world)


def started(layer: Path, origin: str, world: World) -> str:
    """The version that the layer's nginx tells when it is started."""
    return version_of(layer / "bin" / "nginx", origin, world, {"LD_LIBRARY_PATH": str(layer / "lib")})


def version_of(program: Path, origin: str, world: World, more: dict[str, str] | None = None) -> str:
    env = {**tool_env(world.environ), **(more or {})}
    command = Command(argv=("/bin/sh", "-c", ASK, str(program)), cwd=program.parent, env=env)
    try:
        output = world.run.ask(command)
    except CommandFailed as error:
        raise NginxDoesNotStart(origin, error.output) from error
    found = VERSION.search(output)
    if found is None:
        raise NginxDoesNotStart(origin, output)
    return found[1]
