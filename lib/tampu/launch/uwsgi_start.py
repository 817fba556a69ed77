"""Starts what answers the requests that nginx passes on; with --check, only looks at uWSGI's options."""

from __future__ import annotations

import glob
import os
import socket
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import stack_file
from links import point
from refusal import Refusal, say, why
from run_folder import backlog, home, run_folder
from uwsgi_options import options

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK = "--check"
PROGRAM = b"\x7fELF"
EXPAT = "libexpat.so.1"
LIBRARIES = ("/usr/lib/*", "/lib/*", "/usr/lib", "/lib", "/usr/lib64", "/lib64")
# Options are read by then, and nothing of the app.
STOP_AT_ONCE = ("--hook-asap", "exit:0")


def command(stack: Mapping[str, Any], home: str, run: str, words: list[str], environ: Mapping[str, str]) -> list[str]:
    python = os.path.join(home, ".tampu", "python", "bin", "python3")
    if stack["server"] == "asgi":
        return [python, os.path.join(home, ".tampu", "launch", "asgi_start.py"), *words]
    last = STOP_AT_ONCE if words == [CHECK] else words
    return [*_server(home, python), *options(stack, home, run, environ), *last]


def _server(home: str, python: str) -> list[str]:
    """A program of its own, or a script that loads uWSGI into Python: that one has to be told how it starts again."""
    uwsgi = os.path.join(home, ".tampu", "site", "bin", "uwsgi")
    try:
        with open(uwsgi, "rb") as file:
            if file.read(len(PROGRAM)) == PROGRAM:
                return [uwsgi, "--pyhome", os.path.dirname(os.path.dirname(python))]
    except OSError as error:
        raise Refusal("There is no uWSGI", f"{uwsgi}: {why(error)}", "a program", "Build the app again.") from error
    return [python, uwsgi, "--binary-path", python]


def with_expat(
    home: str, run: str, environ: Mapping[str, str], libraries: tuple[str, ...] = LIBRARIES
) -> dict[str, str]:
    """The wheel of uWSGI needs it, and not every machine has it; no other library is to take the machine's place."""
    ours = os.path.join(home, ".tampu", "nginx", "lib", EXPAT)
    if any(glob.glob(os.path.join(folder, EXPAT)) for folder in libraries) or not os.path.exists(ours):
        return dict(environ)
    folder = os.path.join(run, "lib")
    os.makedirs(folder, exist_ok=True)
    point(os.path.join(folder, EXPAT), ours)
    return _with_folder(folder, environ)


def with_interpreter(start: list[str], home: str, environ: Mapping[str, str]) -> dict[str, str]:
    """A uWSGI that was compiled for the app looks for its interpreter where that was made."""
    compiled = os.path.basename(start[0]) == "uwsgi"
    return _with_folder(os.path.join(home, ".tampu", "python", "lib"), environ) if compiled else dict(environ)


def _with_folder(folder: str, environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, "LD_LIBRARY_PATH": ":".join(filter(None, (environ.get("LD_LIBRARY_PATH"), folder)))}


def listen(run: str) -> None:
    """Standard input is the socket that nginx connects to; where nobody has opened it for us, we do."""
    with suppress(OSError):
        if stat.S_ISSOCK(os.fstat(0).st_mode):
            return
    os.chdir(run)
    with suppress(FileNotFoundError):
        os.unlink("nginx.socket")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("nginx.socket")
        os.chmod("nginx.socket", 0o600)
        opened.listen(backlog())
        os.dup2(opened.fileno(), 0)


def main(words: list[str]) -> None:
    place, run = home(os.environ), run_folder(os.environ)
    start = command(stack_file.read(place), place, run, words, os.environ)
    if words != [CHECK]:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(run, "ready"))
        listen(run)
    environ = with_interpreter(start, place, with_expat(place, run, os.environ))
    os.chdir(os.path.join(place, "current"))
    os.execve(start[0], start, environ)  # noqa: S606 - words, no shell


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refusal as refusal:
        say(str(refusal))
    except OSError as error:
        say(f"{error.filename or 'uWSGI'}: {why(error)}")
    sys.exit(1)
