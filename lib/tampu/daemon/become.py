"""Turn the detached process into what was wished for: descriptors, folder, limits, user, and at last the program."""

from __future__ import annotations

import fcntl
import os

from tampu.daemon.detach import forget_handlers
from tampu.daemon.locks import READINESS
from tampu.errors import TampuError
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from tampu.daemon.detach import Report
    from tampu.daemon.locks import Lock
    from tampu.daemon.wish import Limit, Wish

STANDARD = (0, 1, 2)
LOG_MODE = 0o640
APPENDED = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
NOT_FOUND = "no such program, or no interpreter that its first line names"
NO_PROGRAM = "it is neither a program nor a script with #! in its first line"


class UnknownUser(TampuError):
    reason = "daemon::user"
    exit_code = 2

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            title=f"There is no {kind} {name} on this machine",
            found=f"{kind} {name}",
            expected="a name or number that `getent` knows",
            todo=f"Create it, or name another {kind}.",
        )


class MayNotSwitch(TampuError):
    reason = "daemon::may-not-switch"

    def __init__(self, name: str) -> None:
        super().__init__(
            title="Only root can start a daemon as another user",
            found=f"user or group {name}, asked for by user {os.geteuid()}",
            expected="root, or no other user and group than your own",
            todo="Start it as root, or leave the user and the group out.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom it runs as; `groups` are all that they are in, and there are no others."""

    uid: int
    gid: int
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a detached process stands that has the lock: whom it reports to, and what its program inherits."""

    report: Report
    env: Mapping[str, str]
    keep: tuple[int, ...]
    lock: Lock
    person: Person | None = None


def execute(wish: Wish, standing: Standing) -> NoReturn:
    """Become the program. What goes wrong reaches the starter; nobody else would hear of it."""
    what = "signals"
    try:
        forget_handlers()
        what = f"limits {', '.join(limit.name for limit in wish.limits)}"
        limit(wish.limits)
        what = f"user {wish.user or wish.group}"
        switch(standing.person)
        what = f"folder {wish.cwd}"
        os.chdir(wish.cwd)
        os.umask(wish.umask)
        what = f"program {wish.argv[0]}"
        inherit(standing.keep, standing.report.descriptor)
        standing.lock.give_back(READINESS)
        os.execvpe(wish.argv[0], wish.argv, dict(standing.env))  # noqa: S606 - words, never a shell line
    except (OSError, ValueError) as error:
        standing.report.failed(what, explained(error, what))
    finally:
        os._exit(os.EX_OSERR)


def explained(error: OSError | ValueError, what: str) -> str:
    if what.startswith("program") and isinstance(error, OSError):
        if isinstance(error, FileNotFoundError):
            return NOT_FOUND
        if error.strerror == "Exec format error":
            return NO_PROGRAM
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def log_file(wish: Wish) -> int:
    """What becomes its stdout and stderr; never world-readable."""
    if wish.log is None:
        return os.open(os.devnull, os.O_RDWR)
    return os.open(wish.log, APPENDED, LOG_MODE)


def take_streams(out: int, error: int | None = None, into: int | None = None) -> None:
    """Nothing is read, unless there is something to read; stdout and stderr go where they are told."""
    nothing = os.open(os.devnull, os.O_RDONLY) if into is None else into
    for source, target in ((nothing, 0), (out, 1), (out if error is None else error, 2)):
        os.dup2(source, target)
    for descriptor in {nothing, out, error} - {*STANDARD, None}:
        if descriptor is not None:
            os.close(descriptor)


def close_others(keep: tuple[int, ...]) -> None:
    """By looking which there are: to count up to the limit can take hours."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in {*STANDARD, *keep}:
            try:
                os.close(descriptor)
            except OSError:
                # The one that listed them.
                continue


def inherit(keep: tuple[int, ...], report: int) -> None:
    close_others((*keep, report))
    for descriptor in keep:
        fcntl.fcntl(descriptor, fcntl.F_SETFD, 0)


def limit(limits: tuple[Limit, ...]) -> None:
    if not limits:
        return
    import resource

    for each in limits:
        resource.setrlimit(getattr(resource, f"RLIMIT_{each.name.upper()}"), (each.soft, each.hard))


def switch(person: Person | None) -> None:
    if person is None:
        return
    os.setgroups(person.groups)
    os.setresgid(person.gid, person.gid, person.gid)
    os.setresuid(person.uid, person.uid, person.uid)


def person(wish: Wish) -> Person | None:
    """None where nothing is to be switched."""
    if not wish.user and not wish.group:
        return None
    import grp
    import pwd

    try:
        account = pwd.getpwuid(int(wish.user)) if wish.user.isdecimal() else pwd.getpwnam(wish.user or _own_name())
    except (KeyError, ValueError):
        raise UnknownUser("user", wish.user) from None
    gid = account.pw_gid
    try:
        if wish.group:
            gid = int(wish.group) if wish.group.isdecimal() else grp.getgrnam(wish.group).gr_gid
        groups = os.getgrouplist(account.pw_name, gid)
    except (KeyError, ValueError, OverflowError):
        raise UnknownUser("group", wish.group) from None
    found = Person(uid=account.pw_uid, gid=gid, groups=tuple(groups))
    if os.geteuid() == 0:
        return found
    if (found.uid, found.gid) != (os.geteuid(), os.getegid()):
        raise MayNotSwitch(wish.user or wish.group)
    return None


def _own_name() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
