"""The only door to other programs: a command is a value, and one runner runs it."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tampu.errors import TampuError
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.world.console import Console

LINES_REMEMBERED = 400
GUARD = Path(__file__).with_name("guard.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to run, with the whole environment that it gets; `hint` says what to do when it fails."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    hint: str = "See its output above."


class CommandFailed(TampuError):
    reason = "command::failed"

    def __init__(self, command: Command, code: int, output: str) -> None:
        self.code = code
        self.output = output
        self.cwd = command.cwd
        self.ending = ending = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        super().__init__(
            title=f"{command.argv[0].rpartition('/')[2]} {ending}",
            found=f"{' '.join(command.argv)}\n{ending}",
            expected="exit code 0",
            todo=command.hint,
        )


class CommandMissing(TampuError):
    reason = "command::missing"

    def __init__(self, command: Command, why: str) -> None:
        super().__init__(
            title=f"{command.argv[0]} can't be started",
            found=why,
            expected="a program that runs on this machine",
            todo=command.hint,
        )


class Runner(Protocol):
    def run(self, command: Command) -> None:
        """Run it and show its output as it comes."""

    def ask(self, command: Command) -> str:
        """Run it and give back what it wrote to stdout; when it fails, the error holds its stderr."""


class Process(Protocol):
    """A program that runs beside this one; it and all that it started end with this one at the latest."""

    def lines(self) -> Iterator[str]:
        """What it writes, line by line, until all of it has ended."""

    def end(self) -> None:
        """Ask it to end; asked again, kill it."""

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit code, or None if it still runs after that long."""


class Starter(Protocol):
    def start(self, command: Command, patience: float) -> Process:
        """Start it; what is left so many seconds after it was asked to end is killed."""


class Processes:
    """The runner of real life. Children get no stdin, so that nothing ever waits for an answer."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def run(self, command: Command) -> None:
        tail: deque[str] = deque(maxlen=LINES_REMEMBERED)
        with _start(command, stderr=subprocess.STDOUT) as process:
            for line in process.stdout or ():
                tail.append(self._console.redactor.clean(line))
                self._console.output(line.rstrip("\n"))
        if process.returncode:
            raise CommandFailed(command, process.returncode, "".join(tail))

    def ask(self, command: Command) -> str:
        with _start(command, stderr=subprocess.PIPE) as process:
            answer, complaint = process.communicate()
        if process.returncode:
            complaint = self._console.redactor.clean(complaint)
            raise CommandFailed(replace(command, hint=complaint.strip() or command.hint), process.returncode, complaint)
        return answer

    def start(self, command: Command, patience: float) -> Process:
        guarded = (sys.executable, "-I", "-S", str(GUARD), str(patience), *command.argv)
        return Guarded(_start(replace(command, argv=guarded), stderr=subprocess.STDOUT, stdin=subprocess.PIPE))


class Guarded:
    """The process of real life, with a guard between it and us that hears of our end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def lines(self) -> Iterator[str]:
        for line in self._process.stdout or ():
            yield line.rstrip("\n")

    def end(self) -> None:
        orders = self._process.stdin
        with suppress(BrokenPipeError):
            if orders:
                orders.write(".")
                orders.flush()

    def wait(self, seconds: float | None = None) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None


def _start(command: Command, stderr: int, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(  # noqa: S603 - a tuple of words, never a shell line
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            errors="replace",
            # A guard hears of Ctrl-C from us alone: what it guards has to end in order.
            start_new_session=stdin == subprocess.PIPE,
        )
    except OSError as error:
        raise CommandMissing(command, str(error)) from error
