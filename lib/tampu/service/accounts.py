"""The service's user: a system account of its own, that nobody can log in to."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.service.asked import BadWish
from tampu.service.step import run
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from tampu.service.journal import Journal
    from tampu.service.machine import Machine

NO_LOGIN = "/usr/sbin/nologin"
PATIENCE = 10.0
PAUSE = 0.02
HINT = "Its own words are above. A user of a service is made in /etc/passwd and /etc/group, by root."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    user: str
    home: str
    origin: str

    @property
    def title(self) -> str:
        return f"User {self.user}"

    @property
    def shown(self) -> tuple[str, ...]:
        if user(self.user) is None:
            return (" ".join(self._words()),)
        return (f"{self.user} is there already, and stays as it is",)

    @property
    def makes(self) -> tuple[str, ...]:
        return ()

    def act(self, machine: Machine, journal: Journal) -> Journal:
        if machine.staged:
            return journal
        found = user(self.user)
        if found is None:
            ours = replace(journal, user_is_ours=True, group_is_ours=not _has_group(self.user) or journal.group_is_ours)
            # Before it is made: who is killed meanwhile has made it.
            ours.write(machine)
            run(machine.command(*self._words(), hint=HINT), machine, f"Making the user {self.user}")
            return ours
        if found.pw_uid == 0:
            raise BadWish(self.origin, "user", self.user, "a user of its own, who may do less than root")
        return journal

    def _words(self) -> tuple[str, ...]:
        group = ("--gid", self.user) if _has_group(self.user) else ("--user-group",)
        place = ("--no-create-home", "--home-dir", self.home, "--shell", NO_LOGIN)
        return ("useradd", "--system", *group, *place, self.user)


def end_all(name: str) -> None:
    """Kill whatever the user still runs: what a program has left behind when it died is nobody's child any more."""
    uid, deadline = pwd.getpwnam(name).pw_uid, time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        left = [int(place.name) for place in Path("/proc").glob("[1-9]*") if _is_of(place, uid)]
        for process in left:
            _kill(process, uid)
        if not left:
            return
        time.sleep(PAUSE)


def _kill(process: int, uid: int) -> None:
    """By descriptor, and looked at again: the number may be a stranger's by now."""
    with suppress(ProcessLookupError):
        held = os.pidfd_open(process)
        try:
            if _is_of(Path(f"/proc/{process}"), uid):
                signal.pidfd_send_signal(held, signal.SIGKILL)
        finally:
            os.close(held)


def _is_of(place: Path, uid: int) -> bool:
    with suppress(OSError):
        return place.stat().st_uid == uid
    return False


def take_away(journal: Journal, machine: Machine) -> None:
    if journal.user_is_ours and user(journal.user):
        run(machine.command("userdel", journal.user, hint=HINT), machine, f"Removing the user {journal.user}")
    if journal.group_is_ours and _has_group(journal.user):
        run(machine.command("groupdel", journal.user, hint=HINT), machine, f"Removing the group {journal.user}")


def user(name: str) -> pwd.struct_passwd | None:
    with suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def group_id(name: str) -> int:
    """That of the user's own group."""
    return pwd.getpwnam(name).pw_gid


def group_of(name: str) -> str:
    """The group of a user; one that is still to be made has a group of the same name."""
    found = user(name)
    return grp.getgrgid(found.pw_gid).gr_name if found else name


def _has_group(name: str) -> bool:
    with suppress(KeyError):
        return bool(grp.getgrnam(name))
    return False
