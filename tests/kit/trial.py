"""A daemon that is treated badly, and what is to be true of it afterwards."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon import places, processes, start, status, stop
from tampu.daemon.wish import Wish
from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Callable

ALREADY_RUNNING = 1
FAILED = 98
# What says that it began will say that it ends: the trap is there before.
PROGRAM = """
trap 'echo end $$ >> "$0"; exit 0' TERM
echo start $$ >> "$0"
sleep 1000 &
wait
"""
PATIENCE = 60.0
# The flags in /proc/PID/stat of who was forked, and has not called exec since; and of who is on the way to its end.
FORKED = 0x40
EXITING = 0x4
PAUSE = 0.002


class Trial:
    """A daemon, and the file where it writes that it began and ended."""

    def __init__(self, folder: Path) -> None:
        self.wrong: list[str] = []
        self.log = folder / "events"
        self.place = places.place("poor", folder)
        self._mark = f"TRIAL={folder}"
        env = {"PATH": os.defpath, "TRIAL": str(folder)}
        argv = ("/bin/sh", "-c", PROGRAM, str(self.log))
        self._wish = Wish(name="poor", argv=argv, pid_dir=folder, env=env, stop_timeout=PATIENCE)

    def do(self, verb: str) -> int:
        try:
            if verb == "start":
                start.start(self._wish)
            elif verb == "restart":
                start.restart(self._wish)
            elif verb == "stop":
                stop.stop(self.place, PATIENCE)
            else:
                return status.status(self.place).exit_code
        except TampuError as error:
            return ALREADY_RUNNING if isinstance(error, start.AlreadyRunning) else FAILED
        return 0

    def fork(self, verb: str) -> int:
        child = os.fork()
        if not child:
            try:
                os._exit(self.do(verb))
            finally:
                os._exit(99)
        return child

    def programs(self) -> list[int]:
        """Those that run it, as /proc has it and not as we say: a child of a shell looks like it until its own exec."""
        there = (each.pid for each in self._there())
        # In this order: else one that executes something in between had the shell's words, and is none of its children.
        return [pid for pid in there if has_become_a_program(pid) and cmdline(pid).startswith(b"/bin/sh\0")]

    def steady(self) -> tuple[list[int], status.Status]:
        """What runs, and what is said of it: not what ran just before, and has been asked to end."""
        while True:
            alive, told = self.programs(), status.status(self.place)
            if alive == self.programs() and not (told.pid and is_ending(told.pid)):
                return alive, told

    def left(self) -> list[int]:
        return [process.pid for process in self._there()]

    def _there(self) -> list[processes.Process]:
        return [process for process in processes.everyone() if self._is_of_it(process.pid)]

    def settle(self) -> None:
        """Until nobody is on the way to become the program any more."""
        own = Path("/proc/self/cmdline").read_bytes()

        def nobody() -> bool:
            there = [each for each in processes.everyone() if each.pid != os.getpid() and is_on_its_way(each.pid, own)]
            for each in there:
                # Whose tracer has ended before its first instruction.
                if each.state in {"T", "t"}:
                    os.kill(each.pid, signal.SIGCONT)
            return not there

        # Twice: who was forked after /proc was listed, by somebody who ended before being looked at, is seen then.
        until(lambda: nobody() and nobody())

    def check(self, what: str, *, expected: object, found: object) -> None:
        if expected != found:
            self.wrong.append(f"{what}: {expected} expected, {found} found")

    def tells_the_truth(self, what: str) -> None:
        """Status, start and stop, whatever has happened before."""
        before = len(self.wrong)
        while self.has_ended(self.tells_what_runs(what)):
            # Whoever was killed had asked it to end, and now it has.
            del self.wrong[before:]
        self.check(f"{what}: stop", expected=0, found=self.do("stop"))
        self.check(f"{what}: processes after stop", expected=[], found=self.left())
        self.check(f"{what}: status after stop", expected=3, found=self.do("status"))
        self.log.unlink(missing_ok=True)

    def tells_what_runs(self, what: str) -> list[int]:
        self.settle()
        alive, told = self.steady()
        self.check(f"{what}: number of programs", expected=True, found=len(alive) <= 1)
        self.check(f"{what}: status of {alive}", expected=bool(alive), found=told.exit_code == 0)
        self.check(f"{what}: pid", expected=alive[0] if alive else 0, found=told.pid)
        self.check(f"{what}: start", expected=ALREADY_RUNNING if alive else 0, found=self.do("start"))
        # In the midst of exec it has no words.
        self.settle()
        self.check(f"{what}: one program", expected=1, found=len(self.programs()))
        return alive

    def has_ended(self, programs: list[int]) -> bool:
        """As it says; one that was asked to before it said that it began says nothing."""
        events = self.log.read_text().splitlines() if self.log.exists() else []
        silent = [pid for pid in programs if f"start {pid}" not in events and is_ending(pid)]
        return bool(silent) or any(f"end {pid}" in events for pid in programs)

    def _is_of_it(self, pid: int) -> bool:
        try:
            return self._mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(PAUSE)


def is_on_its_way(pid: int, own: bytes) -> bool:
    """To a program: it has our words still, or none at all in the midst of exec; the kernel's own have no program."""
    words = cmdline(pid)
    return words == own or (not words and bool(processes.program(pid)))


def has_become_a_program(pid: int) -> bool:
    return not flags(pid) & FORKED


def is_ending(pid: int) -> bool:
    """It has no words and no memory any more, but its locks still."""
    return bool(flags(pid) & EXITING)


def flags(pid: int) -> int:
    """All of one who is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[6])
    except OSError:
        return FORKED | EXITING


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
