"""The record of a daemon, NAME.pid: its number alone on the first line, for whoever reads that; below, who it is."""

from __future__ import annotations

import errno
import os

from tampu.daemon import processes
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.daemon.places import Place
    from tampu.daemon.processes import Process

LONGEST = 4096
READABLE = 0o644
TOKEN_LENGTH = 32
HEXADECIMAL = "0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Who the daemon is. A number alone could be a stranger's by now; `owner` is who wrote it, and so answers for it.

    `oldest` is when the first process with that token was started.
    """

    pid: int
    ticks: int
    oldest: int
    inode: int
    boot: str
    namespace: int
    session: int
    token: str
    since: float
    owner: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A file of that name which isn't a record of ours: what other tools write, or what a full disk left."""

    pid: int


def of_ourselves(token: str, since: float, oldest: int | None = None) -> Record:
    process = processes.read(os.getpid())
    ticks = process.ticks if process else 0
    return Record(
        pid=os.getpid(),
        ticks=ticks,
        oldest=ticks if oldest is None else oldest,
        inode=processes.inode(os.getpid()),
        boot=boot(),
        namespace=namespace(),
        session=os.getsid(0),
        token=token,
        since=since,
        owner=os.geteuid(),
    )


def write(place: Place, record: Record) -> None:
    """Only who has the daemon's life may: a half-written file beside is the next one's to replace."""
    beside = place.beside("new")
    _unlink(beside)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, READABLE)
    try:
        os.fchmod(descriptor, READABLE)
        text = _as_text(record).encode()
        if os.write(descriptor, text) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), beside)
    finally:
        os.close(descriptor)
    os.rename(beside, place.record)


def remove(place: Place) -> None:
    _unlink(place.record)


def read(place: Place) -> Record | Foreign | None:
    try:
        descriptor = os.open(place.record, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return Foreign(pid=0)
    try:
        owner = os.fstat(descriptor).st_uid
        lines = os.read(descriptor, LONGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return Foreign(pid=0)
    finally:
        os.close(descriptor)
    try:
        return _understood(lines, owner)
    except (ValueError, KeyError):
        return Foreign(pid=_number(lines[0]) if lines else 0)


def is_alive(record: Record) -> Process | None:
    """The very process that the record is about, if it runs."""
    process = processes.read(record.pid)
    if not process or record.boot != boot() or record.namespace != namespace() or process.ticks != record.ticks:
        return None
    try:
        return process if processes.inode(record.pid) == record.inode else None
    except OSError:
        return None


def boot() -> str:
    return processes.contents("/proc/sys/kernel/random/boot_id").decode().strip()


def namespace() -> int:
    return os.stat("/proc/self/ns/pid").st_ino


def _as_text(record: Record) -> str:
    named = [
        ("started", record.ticks),
        ("oldest", record.oldest),
        ("inode", record.inode),
        ("boot", record.boot),
        ("namespace", record.namespace),
        ("session", record.session),
        ("token", record.token),
        ("since", f"{record.since:.3f}"),
    ]
    return f"{record.pid}\n" + "".join(f"{name} {value}\n" for name, value in named)


def _understood(lines: list[str], owner: int) -> Record:
    named = dict(line.split(" ", 1) for line in lines[1:])
    pid = _number(lines[0] if lines else "")
    if not pid or not _is_token(named["token"]):
        raise ValueError(lines)
    return Record(
        pid=pid,
        ticks=int(named["started"]),
        oldest=int(named["oldest"]),
        inode=int(named["inode"]),
        boot=named["boot"],
        namespace=int(named["namespace"]),
        session=int(named["session"]),
        token=named["token"],
        since=float(named["since"]),
        owner=owner,
    )


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _is_token(text: str) -> bool:
    return len(text) == TOKEN_LENGTH and not text.strip(HEXADECIMAL)


def _number(text: str) -> int:
    """Never less than one: to signal 0 or -1 would hit whole groups."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() else 0
