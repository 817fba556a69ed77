"""Rows by way of Slurm, on the login node: arrays are submitted, and what comes of them is told. Joined with row.py.

A round is an array with the rows of one folder. The next one is submitted once all of it has ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time

from tampu.remote.engines.there.row import folder_of, name_of, script, task, write

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

# Slurm's own limit, unless somebody has set another.
MOST = 1000
TICK = 0.3
BEAT = 2.0
# A file of a node may be seen here a moment after its task is gone.
LOOKS = 2
MARK = "TAMPU_REMOTE_RUN"
UMASK = 0o077
SUBMITTED = "submitted"


def say(**told: object) -> None:
    text = json.dumps(told).encode() + b"\n"
    while text:
        text = text[os.write(1, text) :]


class Refused(Exception):
    pass


def ask(*argv: str, cwd: str = "/") -> str:
    # Whoever ends what we have started doesn't mean what Slurm has.
    env = {name: value for name, value in os.environ.items() if name != MARK}
    try:
        done = subprocess.run(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise Refused(f"{argv[0]} is not there") from error
    if done.returncode:
        raise Refused(done.stderr.decode(errors="replace").strip() or f"{argv[0]} ends with {done.returncode}")
    return done.stdout.decode()


class Queue:
    """`given` are rows that wait for a next round, `active` those of a round; all else is in files."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.folder = folder_of(told, os.path.expanduser("~"))
        os.makedirs(self.folder, 0o700, exist_ok=True)
        self.lock = os.open(os.path.join(self.folder, "lock"), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.wish: dict[str, Any] = {}
        self.given: list[tuple[str, list[str]]] = []
        self.active: dict[str, tuple[int, int]] = {}
        self.known = {run: place for number in self.rounds() for run, place in self.places(number)}
        self.missed: dict[str, int] = {}
        self.next_look = 0.0
        self.cancelled = False
        self.unread = b""

    def rounds(self) -> list[int]:
        return sorted(int(each) for each in os.listdir(self.folder) if each.isdigit())

    def path(self, number: int, name: str = "") -> str:
        return os.path.join(self.folder, str(number), name)

    def places(self, number: int) -> list[tuple[str, tuple[int, int]]]:
        with open(self.path(number, "rows"), encoding="utf-8") as file:
            return [(run, (number, index)) for index, (run, _) in enumerate(json.load(file)["rows"])]

    def serve(self) -> None:
        while True:
            if select.select([0], [], [], TICK)[0] and not self.hear():
                return
            self.look()
            if self.given and not self.active and not self.cancelled:
                self.submit()

    def hear(self) -> bool:
        data = os.read(0, 1 << 16)
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "rows" in told:
                self.take(told)
            elif "cancel" in told:
                self.cancel()
            else:
                shutil.rmtree(self.folder)
                return False
        return bool(data)

    def take(self, told: dict[str, Any]) -> None:
        """Those of an earlier round are there."""
        self.wish = told["wish"]
        for run, words in told["rows"]:
            if run in self.known:
                self.active[run] = self.known[run]
            else:
                self.given.append((run, words))
        for number in {number for number, _ in self.active.values()}:
            self.see_to(number)

    def see_to(self, number: int) -> None:
        """Who was killed between making a round and noting that it is Slurm's may have submitted it."""
        done = any(os.path.exists(self.path(number, run)) for run in self.active)
        if not (os.path.exists(self.path(number, SUBMITTED)) or done or self.queued({number})):
            self.send(number)

    def submit(self) -> None:
        number = max(self.rounds(), default=-1) + 1
        rows, self.given = self.given[:MOST], self.given[MOST:]
        made = self.path(number).rstrip("/") + ".new"
        shutil.rmtree(made, ignore_errors=True)
        os.mkdir(made, 0o700)
        text = json.dumps({"wish": self.wish, "store": self.told["store"], "rows": rows})
        write(os.path.join(made, "rows"), text)
        write(os.path.join(made, "script"), script(self.told, number, len(rows), self.path(number).rstrip("/")))
        os.rename(made, self.path(number))
        self.active = dict(self.places(number))
        self.known.update(self.active)
        self.send(number)

    def send(self, number: int) -> None:
        job = ask("sbatch", "--parsable", "script", cwd=self.path(number)).strip().partition(";")[0]
        write(self.path(number, SUBMITTED), job)
        say(submitted=job, count=len(self.active))

    def queued(self, numbers: set[int]) -> set[tuple[int, int]]:
        names = {name_of(self.told, number): number for number in numbers}
        lines = ask("squeue", "--noheader", "--array", f"--name={','.join(names)}", "--format=%j %K").splitlines()
        return {(names[name], int(index)) for name, index in (line.split() for line in lines)}

    def look(self) -> None:
        """First who is in the queue, then what has come: a task that ends between the two has its result."""
        there: set[tuple[int, int]] | None = None
        if self.active and time.monotonic() >= self.next_look:
            self.next_look = time.monotonic() + BEAT
            try:
                there = self.queued({number for number, _ in self.active.values()})
            except Refused:
                # It is asked again.
                there = None
        for run, place in list(self.active.items()):
            if os.path.exists(self.path(place[0], run)):
                with open(self.path(place[0], run), encoding="utf-8") as file:
                    self.tell(run, json.load(file))
            elif there is not None:
                self.missed[run] = 0 if place in there else self.missed.get(run, 0) + 1
                if self.missed[run] >= LOOKS:
                    self.tell(run, {"fault": self.last_words(*place)})

    def tell(self, run: str, result: dict[str, Any]) -> None:
        del self.active[run]
        say(**dict(result, key=run))

    def last_words(self, number: int, index: int) -> str:
        try:
            with open(self.path(number, f"{index}.log"), encoding="utf-8", errors="replace") as file:
                lines = [line.strip() for line in file if line.strip()]
        except OSError:
            lines = []
        return lines[-1] if lines else "its task ended and left no result"

    def cancel(self) -> None:
        self.cancelled = True
        for number in {number for number, _ in self.active.values()}:
            ask("scancel", f"--name={name_of(self.told, number)}")
        for run, _ in self.given:
            say(key=run, fault="it was never submitted")
        self.given = []
        say(cancelled=True)


def first_line() -> bytes:
    """And not a byte more."""
    text = b""
    while not text.endswith(b"\n"):
        text += os.read(0, 1) or sys.exit()
    return text


def main() -> None:
    os.umask(UMASK)
    if len(sys.argv) > 1:
        task(sys.argv[1], int(sys.argv[2]))
        return
    try:
        Queue(json.loads(first_line())).serve()
    except Refused as error:
        say(refused=str(error))


if __name__ == "__main__":
    main()
