"""What /proc says about processes, and a grip on one that can't slip to a stranger of the same number."""

from __future__ import annotations

import os
import select

from tampu.daemon import signals
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "TAMPU_DAEMON"  # noqa: S105 - the name of a variable
MARK = "tampu-"
BLOCK = 1 << 12
GONE = frozenset("ZXx")
# Behind the name in /proc/PID/stat.
STATE, PARENT, SESSION, FLAGS, THREADS, TICKS, PENDING = 0, 1, 3, 6, 17, 19, 28
EXITING, SIGNALED = 0x4, 0x400
KILLED = 1 << signals.SIGKILL - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One that was there when we looked; `ticks` of the clock since boot say when it was started.

    One that is `ending` executes nothing any more, and is gone as soon as the kernel has cleared it away.
    """

    pid: int
    parent: int
    session: int
    ticks: int
    state: str
    ending: bool = False


class Grip:
    """Holds on to a process by descriptor: what is signalled is it or nobody."""

    def __init__(self, process: Process, descriptor: int) -> None:
        self.process = process
        self.descriptor = descriptor

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        try:
            signals.pidfd_send_signal(self.descriptor, number)
        except ProcessLookupError:
            pass

    def gone(self) -> bool:
        return bool(wait([self], 0))

    def close(self) -> None:
        os.close(self.descriptor)


def read(pid: int) -> Process | None:
    """None where nobody is, or somebody who has ended and only waits for a parent to hear of it."""
    try:
        fields = contents(f"/proc/{pid}/stat").rpartition(b")")[2].decode().split()
    except OSError:
        return None
    # The first thread may end before the others.
    if len(fields) <= PENDING or (fields[STATE] in GONE and int(fields[THREADS]) <= 1):
        return None
    return Process(
        pid=pid,
        parent=int(fields[PARENT]),
        session=int(fields[SESSION]),
        ticks=int(fields[TICKS]),
        state=fields[STATE],
        ending=_ends(int(fields[FLAGS]), int(fields[PENDING]), fields[STATE]),
    )


def _ends(flags: int, pending: int, state: str) -> bool:
    """Also while it dumps its core. That the first thread has ended alone is no end."""
    return bool(pending & KILLED or flags & SIGNALED or (flags & EXITING and state not in GONE))


def contents(path: str) -> bytes:
    """Of a file in /proc. There may be thousands: `open` asks the kernel twice as much."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    found = b""
    try:
        while block := os.read(descriptor, BLOCK):
            found += block
    finally:
        os.close(descriptor)
    return found


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
        lines = contents(f"/proc/{pid}/status").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(b"Uid:")), None)


def program(pid: int) -> str:
    """The file that it executes, as far as we may know."""
    return _link(f"/proc/{pid}/exe")


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
    try:
        names = os.listdir(folder)
    except OSError:
        return ""
    for name in names:
        target = _link(f"{folder}/{name}")
        if target.startswith(f"/memfd:{MARK}"):
            return target.removeprefix(f"/memfd:{MARK}").partition(" ")[0]
    return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _told(pid: int) -> str:
    start = f"{TOKEN}=".encode()
    try:
        variables = contents(f"/proc/{pid}/environ").split(b"\0")
    except OSError:
        return ""
    found = [variable for variable in variables if variable.startswith(start)]
    return os.fsdecode(found[-1].removeprefix(start)) if found else ""
