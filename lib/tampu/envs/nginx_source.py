"""nginx made from its own source: the same bytes for the same version and modules, wherever it is made."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.envs import libraries
from tampu.envs.apt import opened_last
from tampu.envs.mirror import read_mirror
from tampu.envs.nginx import FOR_UWSGI, lay, started
from tampu.envs.unpack import unpack
from tampu.errors import TampuError
from tampu.facts.pins import load_sources
from tampu.world.environ import tool_env
from tampu.world.house import house
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tampu.world import World
    from tampu.world.fetch import Pin

PROGRAMS = ("cc", "make", "strip")
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
QUIETLY = '"$@" > build.log 2>&1 || { tail -n 20 build.log >&2; exit 1; }'


class NoCompiler(TampuError):
    reason = "nginx::no-compiler"

    def __init__(self, program: str) -> None:
        super().__init__(
            title="nginx can't be built on this machine",
            advice=(
                f"Found:    no {program} on PATH\nExpected: {', '.join(PROGRAMS)}\n\n"
                "On Debian or Ubuntu: apt-get install gcc make libc6-dev, then build again."
            ),
        )


class UnknownNginx(TampuError):
    reason = "nginx::unknown-version"

    def __init__(self, version: str, known: Iterable[str]) -> None:
        super().__init__(
            title=f"NGINX_VERSION={version} is no nginx whose source is known here",
            advice=(
                f"Found:    {version}\nExpected: {', '.join(known)}\n\n"
                "Choose one of these, or write the address and the sha256 of its source into vendor/nginx.json.\n"
                "A mirror (TAMPU_MIRROR) may have it too, as nginx-source."
            ),
        )


class NginxNotBuilt(TampuError):
    reason = "nginx::build-failed"

    def __init__(self, version: str, output: str) -> None:
        lines = "".join(f"\n          {line.strip()[:88]}" for line in output.strip().splitlines()[-8:])
        super().__init__(
            title=f"nginx {version} can't be built",
            advice=(
                f"Found:{lines[7:] or '    no word of it'}\nExpected: its configure and make to end well\n\n"
                "Correct NGINX_MODULES, or install what is missing. `./configure --help` of nginx lists\nits modules."
            ),
        )


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
            lay(bench / "nginx", place)
        libraries.bring(place / "bin" / "nginx", (FOR_UWSGI,), place / "lib", world)
        started(place, self.origin, world)


def missing(world: World) -> str | None:
    """The first program that a build needs and this machine has not."""
    path = tool_env(world.environ)["PATH"]
    return next((program for program in PROGRAMS if shutil.which(program, path=path) is None), None)


def sources(world: World) -> tuple[str, Mapping[str, Pin]]:
    """The version to take when none is asked for, and where each comes from: a mirror goes before the origin."""
    known = load_sources(house() / "vendor" / "nginx.json")
    location = world.environ.get("TAMPU_MIRROR")
    near = read_mirror(location, world.fetch).pins("nginx-source", "any") if location else {}
    return known.default, {**known.pins, **near}


def choose(version: str, world: World) -> Pin:
    default, pins = sources(world)
    if (version or default) not in pins:
        raise UnknownNginx(version, sorted(pins, key=numbers))
    return pins[version or default]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in version.split("."))


def make(pin: Pin, modules: tuple[str, ...], out: Path, world: World) -> None:
    """Build that nginx, with these modules beside those that are always in it."""
    if program := missing(world):
        raise NoCompiler(program)
    with world.cache.workshop() as bench:
        world.fetch.get(pin, bench / "nginx.tar.gz")
        source = bench / "source"
        unpack(bench / "nginx.tar.gz", source)
        env = _env(bench, world)
        world.say.detail(f"Building nginx {pin.version}, which takes half a minute")
        cores = len(os.sched_getaffinity(0))
        asked = (f"--with-{module}" if not module.startswith("--") else module for module in modules)
        chosen = dict.fromkeys((*(f"--with-{module}" for module in MODULES), *asked))
        try:
            for argv in (("./configure", *FLAGS, *chosen), ("make", f"-j{cores}"), ("strip", "objs/nginx")):
                _ask(("/bin/sh", "-c", QUIETLY, "-", *argv), source, env, world)
        except CommandFailed as error:
            raise NginxNotBuilt(pin.version, error.output) from error
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(f".{out.name}.{os.getpid()}.new")
        shutil.copyfile(source / "objs" / "nginx", beside)
        beside.chmod(0o755)
        beside.replace(out)


def _env(bench: Path, world: World) -> dict[str, str]:
    """With variables rather than options: nginx remembers the options that it was built with."""
    env = {**tool_env(world.environ), "LC_ALL": "C"}
    packages = tuple(package for header, package in HEADERS.items() if not _has(header, bench, env, world))
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


def _has(header: str, bench: Path, env: Mapping[str, str], world: World) -> bool:
    argv = ("cc", "-E", "-DPCRE2_CODE_UNIT_WIDTH=8", "-include", header, "-x", "c", "-o", "/dev/null", "/dev/null")
    try:
        _ask(argv, bench, env, world)
    except CommandFailed:
        return False
    return True


def _ask(argv: tuple[str, ...], folder: Path, env: Mapping[str, str], world: World) -> str:
    return world.run.ask(Command(argv=argv, cwd=folder, env=env))
