"""The command of the app that runs once before anything starts, as dotCloud ran it after each deployment."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from refusal import Refusal, say, why

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "postinstall"
PATIENCE = 600.0
POLL = 0.02
NOT_FOUND = 127
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(Exception):
    """Something came that ends the boot."""


def run(line: str, current: str, patience: float = PATIENCE) -> None:
    """The line, or a file of that name; a line that fails or takes too long is the end of the boot."""
    words = _words(line, current)
    if not words:
        return
    say(f"Running {line or PROGRAM}")
    with _interruptible():
        ended = _wait(_start(words, current), patience)
    if ended is None:
        raise _failed(line, f"still at work after {patience:g} seconds, so it was stopped", "an end before that")
    if ended:
        how = f"exit code {ended}" if ended > 0 else f"ended by {signal.Signals(-ended).name}"
        raise _failed(line, how, "exit code 0")


def shell() -> str:
    """What people mean when they write a line of shell."""
    return shutil.which("bash") or "/bin/sh"


def _failed(line: str, found: str, expected: str) -> Refusal:
    return Refusal(
        "postinstall failed, so the app does not start",
        found,
        expected,
        f"What it wrote is shown above. This is the command, in the approot:\n    {line or PROGRAM}\n"
        "Mend it, commit that and build again.",
    )


def _words(line: str, current: str) -> list[str]:
    path = os.path.join(current, PROGRAM)
    if line.strip() not in ("", PROGRAM, f"./{PROGRAM}"):
        return [shell(), "-c", line]
    if not os.path.isfile(path):
        return [shell(), "-c", line] if line.strip() else []
    return [*_interpreter(path), path]


def _interpreter(path: str) -> list[str]:
    """As the kernel reads a first line, but for files that nobody marked as executable too."""
    with open(path, "rb") as file:
        first = file.readline(1024)
    if first.startswith(b"\x7fELF"):
        return []
    if first.rstrip(b"\n").endswith(b"\r"):
        raise Refusal(
            "postinstall has the line ends of Windows",
            "\\r\\n at the end of its first line",
            "\\n",
            "Save it with the line ends of Unix, commit it and build again.",
        )
    if first.startswith(b"#!"):
        return os.fsdecode(first[2:]).strip().split(maxsplit=1)
    return [shell()]


def _start(words: list[str], current: str) -> int:
    """In a group of its own, so that all of it can be stopped."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        os.chdir(current)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        os.execvp(words[0], words)  # noqa: S606 - words, no shell
    except OSError as error:
        say(f"{words[0]}: {why(error)}")
    finally:
        os._exit(NOT_FOUND)


def _wait(child: int, patience: float) -> int | None:
    """Its exit code, negative for a signal; None when time was up, and all of its group is gone."""
    limit, parent = time.monotonic() + patience, os.getppid()
    try:
        while time.monotonic() < limit:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            if os.getppid() != parent:
                raise Interrupted("the end of what started the app")
            time.sleep(POLL)
    except Interrupted:
        _kill(child)
        raise
    _kill(child)
    return None


def _kill(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        # It has no group yet, and nothing that it has started.
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@contextmanager
def _interruptible() -> Iterator[None]:
    before = {number: signal.signal(number, _interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: object) -> None:
    raise Interrupted(signal.Signals(number).name)
