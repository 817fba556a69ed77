"""What /proc says about processes, and a grip on one that can't slip to a stranger of the same number."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "TAMPU_DAEMON"  # noqa: S105 - the name of a variable
MARK = "tampu-"
GONE = frozenset("ZXx")
STOPPED = frozenset("Tt")
# Behind the name in /proc/PID/stat: state, parent, group, session, … and, as the 20th, when it started.
STATE, PARENT, SESSION, TICKS = 0, 1, 3, 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One that was there when we looked; `ticks` of the clock since boot say when it was started."""

    pid: int
    parent: int
    session: int
    ticks: int
    state: str


class Grip:
    """Holds on to a process by descriptor: what is signalled is it or nobody."""

    def __init__(self, process: Process, descriptor: int) -> None:
        self.process = process
        self.descriptor = descriptor

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.descriptor, number)

    def gone(self) -> bool:
        return bool(wait([self], 0))

    def close(self) -> None:
        os.close(self.descriptor)


def read(pid: int) -> Process | None:
    """None where nobody is, or somebody who has ended and only waits for a parent to hear of it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].decode("ascii").split()
    except (OSError, ValueError):
        return None
    if len(fields) <= TICKS or fields[STATE] in GONE:
        return None
    return Process(
        pid=pid,
        parent=int(fields[PARENT]),
        session=int(fields[SESSION]),
        ticks=int(fields[TICKS]),
        state=fields[STATE],
    )


def everyone() -> Iterator[Process]:
    for name in os.listdir("/proc"):
        if name.isdecimal() and (process := read(int(name))):
            yield process


def grip(process: Process) -> Grip | None:
    """None if it has ended; that the number is still its own is looked up again behind the descriptor."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return None
    now = read(process.pid)
    if now is None or now.ticks != process.ticks:
        os.close(descriptor)
        return None
    return Grip(process, descriptor)


def inode(pid: int) -> int:
    """Where the kernel gives each process an inode of its own, no two have the same until the next boot."""
    descriptor = os.pidfd_open(pid)
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def owner(pid: int) -> int | None:
    """Its real user: /proc/PID itself is root's where a process has secrets."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Uid:")), None)
    except OSError:
        return None


def program(pid: int) -> str:
    """The file that it executes, as far as we may know."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def token(pid: int) -> str:
    """Of the daemon that it belongs to, by the mark that it inherited, else by the environment that it began with."""
    return _mark(pid) or _told(pid)


def wait(grips: list[Grip], seconds: float | None) -> list[Grip]:
    """Those that have ended, as soon as one has."""
    poll = select.poll()
    for each in grips:
        poll.register(each.descriptor, select.POLLIN)
    ended = {descriptor for descriptor, _ in poll.poll(None if seconds is None else max(0, int(seconds * 1000)))}
    return [each for each in grips if each.descriptor in ended]


def _mark(pid: int) -> str:
    folder = f"/proc/{pid}/fd"
    with suppress(OSError):
        for name in os.listdir(folder):
            with suppress(OSError):
                target = os.readlink(f"{folder}/{name}")
                if target.startswith(f"/memfd:{MARK}"):
                    return target.removeprefix(f"/memfd:{MARK}").partition(" ")[0]
    return ""


def _told(pid: int) -> str:
    start = f"{TOKEN}=".encode()
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = file.read().split(b"\0")
    except OSError:
        return ""
    found = [variable for variable in variables if variable.startswith(start)]
    return os.fsdecode(found[-1].removeprefix(start)) if found else ""
