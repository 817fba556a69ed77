"""Folders of a service: whose they are, and who else may look in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tampu.service.accounts import user
from tampu.values import dataclass

if TYPE_CHECKING:
    from tampu.service.journal import Journal
    from tampu.service.machine import Machine

ROOT = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    path: str
    owner: str
    group: str
    mode: int

    @property
    def title(self) -> str:
        return f"Folder {self.path}"

    @property
    def shown(self) -> tuple[str, ...]:
        return (f"{self.path}/ ({self.owner}:{self.group}, {self.mode:04o})",)

    @property
    def makes(self) -> tuple[str, ...]:
        return (self.path,)

    def act(self, machine: Machine, journal: Journal) -> Journal:
        place = machine.at(self.path)
        place.mkdir(parents=True, exist_ok=True)
        if machine.staged:
            return journal
        owner, group = user(self.owner), user(self.group)
        if owner and group:
            _settle(place, (owner.pw_uid, group.pw_gid), self.mode)
        return journal


def _settle(place: os.PathLike[str], owners: tuple[int, int], mode: int) -> None:
    """By descriptor: whoever owns the folder by now may have put a link in its place."""
    held = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        now = os.fstat(held)
        if (now.st_uid, now.st_gid) != owners:
            os.fchown(held, *owners)
        # After the owner: a new one takes bits away.
        if os.fstat(held).st_mode & 0o7777 != mode:
            os.fchmod(held, mode)
    finally:
        os.close(held)
