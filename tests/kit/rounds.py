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
from contextlib import suppress
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib"), str(Path(__file__).resolve().parents[2])]

from tampu.daemon import status  # noqa: E402 - now they are found
from tests.kit import tracing  # noqa: E402
from tests.kit.trial import Trial, until  # noqa: E402

AT_ONCE = 16
VERBS = ("start", "start", "stop", "restart", "status")
# To stop it, all of /proc is read, in calls that are all alike: of 1 is every one.
ALIKE = "11"
# To end what ends slowly takes more calls.
MISSES = 4
LONGEST = 0.04


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
    found = events if two_at_once(events) else []
    trial.check(f"round {number}: each ends before the next starts", expected=[], found=found)
    trial.log.unlink(missing_ok=True)


def two_at_once(events: list[str]) -> bool:
    """One may be asked to end before it has said that it began."""
    running = ""
    for kind, pid in map(str.split, events):
        if running and (kind, running) != ("end", pid):
            return True
        running = pid if kind == "start" else ""
    return bool(running)


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


def syscalls(trial: Trial, often: int, alike: int) -> int:
    """At each system call of start, stop and restart, whichever process makes it; gives back how many there were."""
    kills = 0
    for verb, every in (("start", often), ("stop", often * alike), ("restart", often * alike)):
        at, misses = every, 0
        while misses < MISSES:
            if verb != "start":
                trial.do("start")
            hit = tracing.kill_at(at, lambda verb=verb: trial.do(verb))  # type: ignore[misc]
            trial.tells_the_truth(f"{verb} killed at its call {at}")
            reap()
            kills += hit
            misses = 0 if hit else misses + 1
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
    reap()
    return not Path(f"/proc/{pid}").exists()


def reap() -> None:
    """Whoever is left to the first process of a PID namespace."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main(what: str, folder: str, number: str, alike: str = ALIKE) -> int:
    trial = Trial(Path(folder))
    done = int(number)
    if what == "syscalls":
        done = syscalls(trial, int(number), int(alike))
    else:
        for each in range(done):
            {"race": race, "kill": kill, "pids": pids}[what](trial, each)
    sys.stdout.write(json.dumps({"done": done, "wrong": trial.wrong}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
