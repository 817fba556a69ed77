"""The interpreters of this machine, for builds that stay on it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.values import dataclass
from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.world.run import Runner

NAME = re.compile(r"python(2\.7|3|3\.[0-9]+)")
ANSWER = re.compile(r"cpython ((2|3)\.([0-9]+)\.[0-9]+\S*)")
QUESTION = """import sys
name = sys.implementation.name if hasattr(sys, 'implementation') else sys.subversion[0].lower()
print(name + ' ' + sys.version.split()[0])
"""
OLDEST_MINOR = {"2": 7, "3": 6}
ASKED_AT_ONCE = 4
USUAL = ("usr/local/bin", "opt/python*/bin", "opt/python*/*/bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A CPython that is installed here."""

    version: str
    path: Path


def find(environ: Mapping[str, str], run: Runner, root: Path = Path("/")) -> tuple[Interpreter, ...]:
    """Each CPython here that apps can be built for, once: in the order in which a shell finds them, then pyenv's."""
    from concurrent.futures import ThreadPoolExecutor  # Few builds ask.

    places = dict.fromkeys(place for folder in _folders(environ, root) for place in _candidates(folder))
    with ThreadPoolExecutor(ASKED_AT_ONCE) as crew:
        answers = crew.map(lambda place: _asked(place, environ, run), places)
        return tuple(found for found in answers if found)


def _folders(environ: Mapping[str, str], root: Path) -> Iterator[Path]:
    for name in environ.get("PATH", "").split(os.pathsep):
        if name.startswith("/"):
            yield Path(name)
    home = environ.get("PYENV_ROOT") or str(Path(environ.get("HOME") or "/") / ".pyenv")
    yield from sorted(Path(home).glob("versions/*/bin"))
    for pattern in USUAL:
        yield from sorted(root.glob(pattern))


def _candidates(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(filter(NAME.fullmatch, os.listdir(folder)))  # noqa: PTH208 - thousands, of which a few are meant
    except OSError:
        return
    named = ((folder / name).resolve() for name in names)
    yield from (place for place in named if _is_program(place))


def _is_program(place: Path) -> bool:
    """Whether it may be run and is no script, as the shims of version managers are."""
    try:
        with place.open("rb") as file:
            return os.access(place, os.X_OK) and file.read(2) != b"#!"
    except OSError:
        return False


def _is_plain(place: Path) -> bool:
    """Whether a Python 2 looks for packages where all do; distributions have changed that in theirs."""
    return (place.parents[1] / "lib" / "python2.7" / "site-packages").is_dir()


def _asked(place: Path, environ: Mapping[str, str], run: Runner) -> Interpreter | None:
    """The interpreter there, or None if it is broken, too old or none of CPython's."""
    argv = (str(place), "-E", "-s", "-S", "-c", QUESTION)
    try:
        answer = run.ask(Command(argv=argv, cwd=place.parent, env=tool_env(environ)))
    except (CommandFailed, CommandMissing):
        return None
    known = ANSWER.fullmatch(answer.strip())
    if known and int(known[3]) >= OLDEST_MINOR[known[2]] and (known[2] == "3" or _is_plain(place)):
        return Interpreter(version=known[1], path=place)
    return None
