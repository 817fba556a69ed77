"""A CPython that runs from any folder, out of one that is bound to its own: what a mirror has."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs import libraries
from tampu.envs.compiling import ProgramMissing, missing
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.runtime import DoesNotStart
from tampu.envs.tools import obtain
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.environ import tool_env
from tampu.world.house import house
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.world import World

PROGRAMS = ("ldd", "strip")
NAMES = ("python", "python3", "python2")
WHO = "import platform; print(platform.python_implementation() + ' ' + platform.python_version())"
CPYTHON = re.compile(r"CPython (([23]\.[0-9]+)\.\S+)")
# What every environment may ask for; a Python that lacks one of them was made on a machine without its library.
NEEDED = ("ssl", "sqlite3", "zlib", "bz2", "ctypes", "hashlib")
PARTS = (
    "lib/python{0}",
    "lib/libpython{0}*.so*",
    "lib/libpython3.so",
    "lib/pkgconfig/python*{0}*.pc",
    "include/python{0}*",
)
LEFT_OUT = shutil.ignore_patterns(
    *("__pycache__", "*.pyc", "*.pyo", "site-packages", "test", "tests", "idlelib", "turtledemo", "tkinter", "lib-tk"),
    *("*.a", "*.o", "*-gdb.py", "_tkinter*.so", "nis.*.so", "nis.so", "_test*.so", "_ctypes_test*.so", "xxlimited*.so"),
)
# The prefix that standalone builds of upstream name, too: a place where nothing is.
NOWHERE = "/install"
ELF = b"\x7fELF"


class NoPrefix(TampuError):
    reason = "python-build::no-prefix"

    def __init__(self, prefix: Path, why: str) -> None:
        super().__init__(
            title="There is no Python in that folder that a movable one can be made of",
            found=f"{why} in {prefix}",
            expected="a CPython with a folder of its own, that has bin/ and lib/",
            todo=(
                "Name the folder that sys.base_prefix of that Python tells, such as ~/.pyenv/versions/3.8.18.\n"
                "A distribution's own in /usr, and a virtual environment, have no such folder."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """A CPython with a folder of its own."""

    folder: Path
    version: str
    series: str

    @property
    def program(self) -> str:
        return f"python{self.series}"


def look(folder: Path, world: World) -> Prefix:
    """What Python is in that folder."""
    python = next((folder / "bin" / name for name in NAMES if (folder / "bin" / name).exists()), None)
    if folder.resolve() == Path("/usr"):
        raise NoPrefix(folder, "the distribution's own Python")
    if python is None:
        raise NoPrefix(folder, "no bin/python")
    try:
        told = CPYTHON.fullmatch(_ask((str(python), "-E", "-s", "-S", "-B", "-c", WHO), folder, world))
    except (CommandFailed, CommandMissing) as error:
        raise NoPrefix(folder, "a Python that doesn't start") from error
    if told is None:
        raise NoPrefix(folder, "another Python than CPython")
    found = Prefix(folder=folder, version=told[1], series=told[2])
    for part in (f"bin/{found.program}", f"lib/{found.program}/os.py"):
        if not (folder / part).is_file():
            raise NoPrefix(folder, f"no {part}")
    return found


def make(prefix: Prefix, place: Path, world: World, instead: Mapping[str, str]) -> None:
    """A copy of it that brings what it needs; its texts say neither its old folder nor what has something instead."""
    if program := missing(world, PROGRAMS):
        raise ProgramMissing(f"Python {prefix.version}", program, PROGRAMS)
    _copy(prefix, place)
    _bring_libraries(place, world)
    for binary in _binaries(place):
        binary.chmod(0o755)
        _ask(("strip", "--strip-unneeded", str(binary)), place, world)
    patchelf = obtain(house() / "vendor" / "movable.lock", world, pinned_runtime).path / "bin" / "patchelf"
    for binary in _binaries(place):
        # RPATH and not RUNPATH: compiled packages find the libraries through it, too.
        _ask((str(patchelf), "--force-rpath", "--set-rpath", _way_to_lib(binary, place), str(binary)), place, world)
    _forget({str(prefix.folder): NOWHERE, str(prefix.folder.resolve()): NOWHERE, **instead}, place)
    _try(prefix, place, world)


def _copy(prefix: Prefix, place: Path) -> None:
    for part in PARTS:
        for source in sorted(prefix.folder.glob(part.format(prefix.series))):
            destination = place / source.relative_to(prefix.folder)
            destination.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, destination, symlinks=True, ignore=LEFT_OUT)
            else:
                shutil.copy2(source, destination, follow_symlinks=False)
    (place / "lib" / prefix.program / "site-packages").mkdir()
    (place / "bin").mkdir()
    shutil.copy2(prefix.folder / "bin" / prefix.program, place / "bin" / prefix.program)
    for name in ("python", f"python{prefix.series[0]}"):
        (place / "bin" / name).symlink_to(prefix.program)


def _bring_libraries(place: Path, world: World) -> None:
    found = {name: path for binary in _binaries(place) for name, path in libraries.needed(binary, [], world)}
    for name, path in sorted(found.items()):
        if not libraries.OF_THE_C_LIBRARY.match(name) and not (place / "lib" / name).exists():
            shutil.copyfile(path, place / "lib" / name)


def _binaries(place: Path) -> Iterator[Path]:
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.is_symlink() and _begins(path, ELF):
            yield path


def _begins(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _way_to_lib(binary: Path, place: Path) -> str:
    steps = "../" * (len(binary.relative_to(place).parts) - 1)
    return "$ORIGIN" if binary.parent == place / "lib" else f"$ORIGIN/{steps}lib"


def _forget(instead: Mapping[str, str], place: Path) -> None:
    """Longer ones first, which may begin with shorter ones."""
    words = [(os.fsencode(old), instead[old].encode()) for old in sorted(instead, key=len, reverse=True)]
    for path in sorted(place.rglob("*")):
        if path.is_symlink() or not path.is_file() or _begins(path, ELF):
            continue
        content = old = path.read_bytes()
        for word, other in words:
            content = content.replace(word, other)
        if content != old:
            path.write_bytes(content)


def _try(prefix: Prefix, place: Path, world: World) -> None:
    """Start it where it is now, with the modules that need libraries."""
    question = f"import {', '.join(NEEDED)}; {WHO}"
    python = str(place / "bin" / prefix.program)
    try:
        _ask((python, "-E", "-s", "-S", "-B", "-c", question), place, world)
    except CommandFailed as error:
        told = error.output.strip().splitlines()[-1:]
        raise DoesNotStart(f"Python {prefix.version}", "".join(told)) from error


def _ask(argv: tuple[str, ...], folder: Path, world: World) -> str:
    env = {**tool_env(world.environ), "LC_ALL": "C"}
    return world.run.ask(Command(argv=argv, cwd=folder, env=env)).strip()
