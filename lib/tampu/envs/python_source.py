"""CPython made from its own source: the same bytes for the same version and compiler, wherever it is made."""

from __future__ import annotations

import os
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs import compiling, movable
from tampu.envs.compiling import COMPILER, NotBuilt, Program, ProgramMissing, numbers
from tampu.envs.movable import Prefix
from tampu.errors import TampuError
from tampu.facts.python_version import series_of
from tampu.world.environ import EPOCH, tool_env
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.world import World
    from tampu.world.fetch import Pin

CPYTHON = Program(
    title="Python", name="cpython", hint="\nOr name its archive: bin/python_build --source FILE --sha256 HEX VERSION"
)
VERSION = re.compile(r'^#define\s+PY_VERSION\s+"([^"]+)"', re.MULTILINE)
WIDTH = 80
INDENT = "\n          "
CONTINUED = f"\\{INDENT}"
SINCE_ALWAYS = (2, 7)
# By the package of Debian and Ubuntu that has it, and the first series that knows what to do with it.
HEADERS = (
    *(("openssl/ssl.h", "libssl-dev", SINCE_ALWAYS), ("zlib.h", "zlib1g-dev", SINCE_ALWAYS)),
    *(("ffi.h", "libffi-dev", SINCE_ALWAYS), ("sqlite3.h", "libsqlite3-dev", SINCE_ALWAYS)),
    *(("bzlib.h", "libbz2-dev", SINCE_ALWAYS), ("readline/readline.h", "libreadline-dev", SINCE_ALWAYS)),
    *(("curses.h", "libncurses-dev", SINCE_ALWAYS), ("lzma.h", "liblzma-dev", (3, 3))),
    *(("uuid/uuid.h", "uuid-dev", (3, 7)), ("zstd.h", "libzstd-dev", (3, 14))),
)
FLAGS = (f"--prefix={movable.NOWHERE}", "--enable-shared", "--with-ensurepip=no")
# What packages with wheels for Linux are compiled for.
FLAGS_BEFORE_3 = ("--enable-unicode=ucs4",)
FLAGS_SINCE_3_10 = ("--without-static-libpython", "--disable-test-modules")
OPTIMIZED = ("--enable-optimizations", "--with-lto")
HINT = (
    "Install what is missing. An old Python may need an older compiler or OpenSSL: make it in a container\n"
    "of its time, or from one that is at hand: bin/python_build --from PREFIX"
)


class HeadersMissing(TampuError):
    reason = "source::no-header"

    def __init__(self, version: str, lacking: Iterable[tuple[str, str]]) -> None:
        headers = textwrap.wrap(", ".join(header for header, _ in lacking), WIDTH)
        packages = textwrap.wrap(" ".join(package for _, package in lacking), WIDTH)
        super().__init__(
            title=f"Libraries that Python {version} is made with are not installed here",
            found="without " + "\n".join(headers),
            expected="the headers of each library that its modules need",
            todo=f"On Debian or Ubuntu: apt-get install \\{INDENT}{f' {CONTINUED}'.join(packages)}",
        )


class OtherSource(TampuError):
    reason = "python-build::other-source"

    def __init__(self, version: str, found: str) -> None:
        super().__init__(
            title=f"The archive is not the source of Python {version}",
            found=found,
            expected=f"Include/patchlevel.h that says {version}",
            todo=(
                "Name the version that it is of, or the archive Python-VERSION.tar.xz (or .tgz) of that version\n"
                "as its authors publish it. In a mirror, correct its entry in index.json."
            ),
        )


def make(pin: Pin, place: Path, world: World, *options: str) -> None:
    """A movable Python of that source, with these options of its configure."""
    if program := compiling.missing(world):
        raise ProgramMissing(f"Python {pin.version}", program, COMPILER)
    with world.cache.workshop() as bench:
        _check_headers(pin.version, bench, world)
        source = compiling.unpacked(pin, bench, world)
        _check_version(pin.version, source)
        _settle_times(source)
        world.say.detail(f"Building Python {pin.version}, which takes some minutes")
        try:
            compiling.work(_steps(pin.version, bench, options), source, _env(source, world), world)
        except CommandFailed as error:
            raise NotBuilt(f"Python {pin.version}", error.output, HINT) from error
        made = Prefix(folder=Path(f"{bench}{movable.NOWHERE}"), version=pin.version, series=series_of(pin.version))
        movable.make(made, place, world, {_unsaid(source): "", str(source): movable.NOWHERE})


def _steps(version: str, bench: Path, options: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    flags = (
        *FLAGS,
        *(FLAGS_BEFORE_3 if numbers(version) < (3,) else ()),
        *(FLAGS_SINCE_3_10 if numbers(version) >= (3, 10) else ()),
        *options,
    )
    into = f"DESTDIR={bench}"
    return (
        ("./configure", *flags),
        ("make", f"-j{len(os.sched_getaffinity(0))}"),
        ("make", "altbininstall", "inclinstall", "libainstall", "sharedinstall", into),
        # Without a Python to do it, the step that would compile all modules is soon over: each app compiles its own.
        ("make", "libinstall", "PYTHON_FOR_BUILD=true", into),
    )


def _env(source: Path, world: World) -> dict[str, str]:
    """Neither paths nor what a debugger needs gets into the program."""
    flags = ("-g0", _unsaid(source), world.environ.get("CFLAGS", ""))
    return {**tool_env(world.environ), "LC_ALL": "C", "CFLAGS": " ".join(filter(None, flags))}


def _unsaid(folder: Path) -> str:
    return f"-ffile-prefix-map={folder}=."


def _check_headers(version: str, bench: Path, world: World) -> None:
    env = tool_env(world.environ)
    wanted = [(header, package) for header, package, since in HEADERS if numbers(version) >= since]
    if lacking := [each for each in wanted if not compiling.has(each[0], bench, env, world)]:
        raise HeadersMissing(version, lacking)


def _check_version(version: str, source: Path) -> None:
    told = source / "Include" / "patchlevel.h"
    if not told.is_file():
        raise OtherSource(version, "no Include/patchlevel.h in it")
    found = VERSION.search(told.read_text(encoding="utf-8", errors="replace"))
    if found is None or found[1] != version:
        raise OtherSource(version, f"Python {found[1]}" if found else "no version in Include/patchlevel.h")


def _settle_times(source: Path) -> None:
    """Nothing is newer than what it was generated from: to generate it anew would take a Python."""
    for path in source.rglob("*"):
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
