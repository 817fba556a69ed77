"""nginx made from its own source: the same bytes for the same version and modules, wherever it is made."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tampu.envs import compiling
from tampu.envs.apt import opened_last
from tampu.envs.compiling import COMPILER, NotBuilt, Program, ProgramMissing
from tampu.envs.nginx import lay
from tampu.values import dataclass
from tampu.world.environ import tool_env
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.world import World
    from tampu.world.fetch import Pin

NGINX = Program(title="nginx", name="nginx")
# Paths and the machine's name don't get into the program: two builds of it are the same.
FLAGS = (
    *("--prefix=.", "--error-log-path=stderr", "--pid-path=nginx.pid", "--lock-path=nginx.lock"),
    "--with-cc-opt=-O2 -g0 -Wno-error -fstack-protector-strong -D_FORTIFY_SOURCE=2",
    "--with-ld-opt=-Wl,-z,relro,-z,now,--build-id=none,--as-needed",
    *("--with-threads", "--with-file-aio", "--with-compat", "--with-pcre", "--with-pcre-jit"),
)
MODULES = (
    *("http_ssl_module", "http_v2_module", "http_realip_module", "http_gzip_static_module", "http_stub_status_module"),
    *("http_auth_request_module", "http_sub_module", "stream", "stream_ssl_module"),
)
# What is missing of these on a machine comes from its distribution, and becomes part of the program.
HEADERS = {"pcre2.h": "libpcre2-dev", "openssl/ssl.h": "libssl-dev", "zlib.h": "zlib1g-dev"}
PCRE2 = "-DPCRE2_CODE_UNIT_WIDTH=8"
HINT = "Correct NGINX_MODULES, or install what is missing. `./configure --help` of nginx lists\nits modules."


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One that is still to be built, with the modules that are always in it."""

    pin: Pin

    @property
    def version(self) -> str:
        return self.pin.version

    @property
    def origin(self) -> str:
        return "its own source"

    @property
    def identity(self) -> str:
        return " ".join((self.pin.sha256, *FLAGS, *MODULES))

    def lay(self, place: Path, world: World) -> None:
        with world.cache.workshop() as bench:
            make(self.pin, (), bench / "nginx", world)
            lay(bench / "nginx", place, self.origin, world)


def choose(version: str, world: World) -> Pin:
    return compiling.choose(NGINX, version, world)


def make(pin: Pin, modules: tuple[str, ...], out: Path, world: World) -> None:
    """Build that nginx, with these modules beside those that are always in it."""
    if program := compiling.missing(world):
        raise ProgramMissing("nginx", program, COMPILER)
    with world.cache.workshop() as bench:
        source = compiling.unpacked(pin, bench, world)
        env = _env(bench, world)
        world.say.detail(f"Building nginx {pin.version}, which takes half a minute")
        cores = len(os.sched_getaffinity(0))
        asked = (f"--with-{module}" if not module.startswith("--") else module for module in modules)
        chosen = dict.fromkeys((*(f"--with-{module}" for module in MODULES), *asked))
        steps = (("./configure", *FLAGS, *chosen), ("make", f"-j{cores}"), ("strip", "objs/nginx"))
        try:
            compiling.work(steps, source, env, world)
        except CommandFailed as error:
            raise NotBuilt(f"nginx {pin.version}", error.output, HINT) from error
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(f".{out.name}.{os.getpid()}.new")
        shutil.copyfile(source / "objs" / "nginx", beside)
        beside.chmod(0o755)
        beside.replace(out)


def _env(bench: Path, world: World) -> dict[str, str]:
    """With variables rather than options: nginx remembers the options that it was built with."""
    env = {**tool_env(world.environ), "LC_ALL": "C"}
    packages = tuple(
        package for header, package in HEADERS.items() if not compiling.has(header, bench, env, world, PCRE2)
    )
    if not packages:
        return env
    root = bench / "root"
    with opened_last(world) as apt:
        world.say.detail(f"Fetching {', '.join(packages)}")
        apt.unpack(apt.closure(packages), root)
    for library in root.glob("usr/lib/**/*.so"):
        library.unlink()
    folders = sorted(library.parent for library in root.glob("usr/lib/*/*.a"))
    headers = (root / "usr" / "include", *sorted(root.glob("usr/include/*-linux-*")))
    return {
        **env,
        "CPATH": ":".join(map(str, headers)),
        "LIBRARY_PATH": ":".join(dict.fromkeys(map(str, folders))),
    }
