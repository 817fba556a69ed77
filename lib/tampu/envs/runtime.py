"""The `python` layer: an interpreter that takes the environment beside it for its own."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs.bytecode import compile_modules
from tampu.envs.unpack import unpack
from tampu.errors import TampuError
from tampu.facts.python_version import series_of
from tampu.world import files
from tampu.world.environ import tool_env
from tampu.world.house import PACKAGE
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.envs.machine import Interpreter
    from tampu.world import World
    from tampu.world.fetch import Pin

UNNEEDED = (
    *("bin/2to3*", "bin/easy_install*", "bin/idle*", "bin/pip*", "bin/pydoc*", "share/man"),
    *("bin/smtpd.py", "bin/python-config", "bin/python2*-config"),
    *("lib/python[23]*/test", "lib/python[23]*/*/test", "lib/python[23]*/*/tests"),
    *("lib/python[23]*/idlelib", "lib/python[23]*/turtledemo", "lib/python[23]*/site-packages/*"),
    *("lib/python[23]*/config*/libpython*.a", "lib/**/__pycache__", "lib/python2*/**/*.py[co]"),
)
# They set the variables of a venv; the prefix of this layer is another folder.
UNNEEDED_OF_VENV = ("bin/activate*", "bin/Activate.ps1")
PACKAGES = "site-packages"
ENVIRONMENT = PACKAGE / "launch" / "environment.py"
AT_EVERY_START = 'import tampu_environment; tampu_environment.join(locals().get("known_paths"))\n'
QUESTION = "import ssl, sqlite3, zlib, hashlib, sys; print(sys.version.split()[0])"


class IncompleteRuntime(TampuError):
    reason = "runtime::incomplete"

    def __init__(self, origin: str, missing: str) -> None:
        super().__init__(
            title=f"{origin} is no Python runtime",
            found=f"no {missing} in {origin}",
            expected="bin/ and lib/ of a Python that runs from any folder",
            todo=(
                "Look at the archive and at the version that the index gives for it. The archives of\n"
                "python-build-standalone that are named install_only fit."
            ),
        )


class DoesNotStart(TampuError):
    reason = "runtime::does-not-start"

    def __init__(self, origin: str, output: str) -> None:
        super().__init__(
            title="Python does not start",
            found=output.strip() or "no word from it",
            expected=f"{origin} to start here, with ssl, sqlite3, zlib and hashlib",
            todo=(
                "It was made for another kind of machine, for a newer C library, or without these\n"
                "libraries. Choose another build of it, or another version."
            ),
        )


class WrongVersion(TampuError):
    reason = "runtime::wrong-version"

    def __init__(self, origin: str, found: str, expected: str) -> None:
        super().__init__(
            title="Python has another version than it should",
            found=f"Python {found} in {origin}",
            expected=f"Python {expected}",
            todo="Correct the version in the mirror's index.json, or the file that it names.",
        )


def install(pin: Pin, place: Path, world: World) -> None:
    """A runtime that can be moved anywhere, from the pinned archive."""
    with _whole(place):
        lay_out(pin, place, world)
        _finish(place, pin.version, _origin(pin), world)


def lay_out(pin: Pin, place: Path, world: World) -> None:
    """What is needed of the pinned archive, which may be for another machine: nothing of it is started."""
    with _whole(place):
        with world.cache.workshop() as bench:
            archive = bench / f"{pin.name}-{pin.version}"
            world.fetch.get(pin, archive)
            unpack(archive, place)
        _drop(place, UNNEEDED)
        _name(place, pin.version, _origin(pin))


def _origin(pin: Pin) -> str:
    return pin.url.rpartition("/")[2]


def link(interpreter: Interpreter, place: Path, world: World) -> None:
    """A layer that stands on an interpreter of this machine, and so can't leave it."""
    if interpreter.version.startswith("2."):
        _link_2(interpreter, place, world)
        return
    argv = (str(interpreter.path), "-I", "-m", "venv", "--without-pip", "--symlinks", str(place))
    with _whole(place):
        _ask(Command(argv=argv, cwd=Path("/"), env=tool_env(world.environ)), str(interpreter.path), world)
        _drop(place, UNNEEDED_OF_VENV)
        _finish(place, interpreter.version, str(interpreter.path), world)


def _link_2(interpreter: Interpreter, place: Path, world: World) -> None:
    """Its venv is of our making: the program itself, since it follows no link back, among links to its library."""
    home, program = interpreter.path.parents[1], f"python{series_of(interpreter.version)}"
    library = place / "lib" / program
    with _whole(place):
        library.mkdir(parents=True)
        for entry in (home / "lib" / program).glob("*"):
            if entry.name != PACKAGES:
                (library / entry.name).symlink_to(entry)
        (place / "include").symlink_to(home / "include")
        (place / "bin").mkdir()
        shutil.copy(interpreter.path, place / "bin" / program)
        _name(place, interpreter.version, str(interpreter.path))
        _finish(place, interpreter.version, str(interpreter.path), world)


@contextmanager
def _whole(place: Path) -> Iterator[None]:
    with ExitStack() as undo:
        undo.callback(files.remove, place)
        yield
        undo.pop_all()


def _drop(place: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in tuple(place.glob(pattern)):
            files.remove(path)


def _name(place: Path, version: str, origin: str) -> None:
    """Let `python` and `python3` be short names of the program, wherever the folder is."""
    program = f"python{series_of(version)}"
    for needed in (f"bin/{program}", f"lib/{program}/os.py"):
        if not (place / needed).is_file():
            raise IncompleteRuntime(origin, needed)
    # Even 2.7 has the name by which all of ours is started.
    for name in ("python", "python3", f"python{version[0]}"):
        files.remove(place / "bin" / name)
        (place / "bin" / name).symlink_to(program)


def _finish(place: Path, version: str, origin: str, world: World) -> None:
    library = place / "lib" / f"python{series_of(version)}"
    python = place / "bin" / "python3"
    packages = library / PACKAGES
    packages.mkdir(exist_ok=True)
    shutil.copyfile(ENVIRONMENT, packages / "tampu_environment.py")
    (packages / "tampu.pth").write_text(AT_EVERY_START, encoding="utf-8")
    argv = (str(python), "-E", "-s", "-S", "-B", "-c", QUESTION)
    found = _ask(Command(argv=argv, cwd=place, env=tool_env(world.environ)), origin, world)
    if found != version:
        raise WrongVersion(origin, found, version)
    # What is only linked belongs to the machine.
    modules = (str(path.relative_to(place)) for path in library.rglob("*.py") if not path.is_symlink())
    compile_modules(place, modules, python, world)


def _ask(command: Command, origin: str, world: World) -> str:
    try:
        return world.run.ask(command).strip()
    except CommandFailed as error:
        raise DoesNotStart(origin, error.output) from error
    except CommandMissing as error:
        raise DoesNotStart(origin, str(error.__cause__ or error)) from error
