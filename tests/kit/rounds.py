"""Treats daemons badly, again and again, and says what went wrong: rounds.py race|kill|syscalls|pids PLACE N.

A script of its own: what it forks for each attempt has only this one thread, and everything loaded.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib"), str(Path(__file__).resolve().parents[2])]

from tampu.daemon import places, processes, start, status, stop  # noqa: E402 - now they are found
from tampu.daemon.wish import Wish  # noqa: E402
from tampu.errors import TampuError  # noqa: E402
from tests.kit import tracing  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 16
VERBS = ("start", "start", "stop", "restart", "status")
ALREADY_RUNNING = 1
FAILED = 98
ALIKE = 11
# What says that it began will say that it ends: the trap is there before.
PROGRAM = """
trap 'echo end $$ >> "$0"; exit 0' TERM
echo start $$ >> "$0"
sleep 1000 &
wait
"""
LONGEST = 0.04
PATIENCE = 60.0
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
        """The first process of each that runs, as /proc has it and not as we say."""
        shells = {each.pid: each.parent for each in self._there() if cmdline(each.pid).startswith(b"/bin/sh\0")}
        return [pid for pid, parent in shells.items() if parent not in shells]

    def steady(self) -> tuple[list[int], status.Status]:
        """What runs, and what is said of it: not what ran just before, and has been asked to end."""
        while True:
            alive, told = self.programs(), status.status(self.place)
            if alive == self.programs():
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
                if each.state in processes.STOPPED:
                    os.kill(each.pid, signal.SIGCONT)
            return not there

        until(nobody)

    def check(self, what: str, *, expected: object, found: object) -> None:
        if expected != found:
            self.wrong.append(f"{what}: {expected} expected, {found} found")

    def tells_the_truth(self, what: str) -> None:
        """Status, start and stop, whatever has happened before."""
        self.settle()
        alive, told = self.steady()
        self.check(f"{what}: number of programs", expected=True, found=len(alive) <= 1)
        self.check(f"{what}: status of {alive}", expected=bool(alive), found=told.exit_code == 0)
        self.check(f"{what}: pid", expected=alive[0] if alive else 0, found=told.pid)
        self.check(f"{what}: start", expected=ALREADY_RUNNING if alive else 0, found=self.do("start"))
        # In the midst of exec it has no words.
        self.settle()
        self.check(f"{what}: one program", expected=1, found=len(self.programs()))
        self.check(f"{what}: stop", expected=0, found=self.do("stop"))
        self.check(f"{what}: processes after stop", expected=[], found=self.left())
        self.check(f"{what}: status after stop", expected=3, found=self.do("status"))

    def _is_of_it(self, pid: int) -> bool:
        try:
            return self._mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def race(trial: Trial, number: int) -> None:
    children = {trial.fork(verb): verb for verb in random.choices(VERBS, k=AT_ONCE)}  # noqa: S311 - no secret
    for child, verb in children.items():
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        allowed = {"start": (0, 1), "stop": (0,), "restart": (0,), "status": (0, 3)}[verb]
        trial.check(f"round {number}: exit code {code} of {verb}", expected=True, found=code in allowed)
    trial.check(f"round {number}: number of programs", expected=True, found=len(trial.programs()) <= 1)
    trial.settle()
    trial.check(f"round {number}: status", expected=bool(trial.programs()), found=trial.do("status") == 0)
    trial.do("stop")
    trial.check(f"round {number}: processes after stop", expected=[], found=trial.left())
    events = trial.log.read_text().splitlines() if trial.log.exists() else []
    alternating = [f"{kind} {line.split()[1]}" for line in events[::2] for kind in ("start", "end")]
    trial.check(f"round {number}: each ends before the next starts", expected=alternating, found=events)
    trial.log.unlink(missing_ok=True)


def kill(trial: Trial, number: int) -> None:
    """At a random instant of any of the three, whichever process that hits."""
    verb = ("start", "stop", "restart")[number % 3]
    if verb != "start":
        trial.do("start")
    child = trial.fork(verb)
    time.sleep(random.uniform(0, LONGEST))  # noqa: S311 - no secret
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    trial.tells_the_truth(f"{verb} {number} killed")


def syscalls(trial: Trial, often: int) -> int:
    """At each system call of start and of stop, in whichever process it is; gives back how many there were."""
    kills = 0
    # To stop it, all of /proc is read, in calls that are all alike.
    for verb, every in (("start", often), ("stop", often * ALIKE)):
        at = every
        while True:
            if verb == "stop":
                trial.do("start")
            hit = tracing.kill_at(at, lambda verb=verb: trial.do(verb))  # type: ignore[misc]
            trial.tells_the_truth(f"{verb} killed at its call {at}")
            if not hit:
                break
            kills += 1
            at += every
    return kills


def pids(trial: Trial, number: int) -> None:
    """As the first process of a PID namespace: nobody else takes numbers here."""
    trial.do("start")
    first = status.status(trial.place).pid
    os.kill(first, signal.SIGKILL)
    until(lambda: reaped(first))
    stranger = 0
    while stranger != first:
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(first - 1))
        stranger = os.fork()
        if not stranger:
            signal.pause()
        if stranger != first:
            os.kill(stranger, signal.SIGKILL)
            os.waitpid(stranger, 0)
    trial.check(f"reuse {number}: status", expected=1, found=trial.do("status"))
    verb = ("start", "stop", "restart")[number % 3]
    trial.check(f"reuse {number}: {verb}", expected=0, found=trial.do(verb))
    trial.check(f"reuse {number}: stop", expected=0, found=trial.do("stop"))
    trial.check(f"reuse {number}: stranger", expected=(0, 0), found=os.waitpid(stranger, os.WNOHANG))
    os.kill(stranger, signal.SIGKILL)
    os.waitpid(stranger, 0)


def reaped(pid: int) -> bool:
    while True:
        try:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                break
        except ChildProcessError:
            break
    return not Path(f"/proc/{pid}").exists()


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


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def main(what: str, folder: str, number: str) -> int:
    trial = Trial(Path(folder))
    done = int(number)
    if what == "syscalls":
        done = syscalls(trial, int(number))
    else:
        for each in range(done):
            {"race": race, "kill": kill, "pids": pids}[what](trial, each)
    sys.stdout.write(json.dumps({"done": done, "wrong": trial.wrong}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
