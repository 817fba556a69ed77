"""All that a call is going to do, before any of it is done: every file, its bytes, and what becomes of it."""

from __future__ import annotations

import difflib
import hashlib
from enum import Enum
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Fate(Enum):
    """What becomes of one file; the words are for people."""

    NEW = "new"
    SAME = "same"
    ASKED = "differs, is asked about"
    KEPT = "differs, kept"
    OVERWRITTEN = "differs, overwritten"
    BACKED_UP = "differs, overwritten, the old one is kept as"
    UPDATED = "updated"
    MERGED = "merged with your changes"
    CONFLICT = "conflict, marked in the file"
    UNMERGED = "conflict, kept as it is; what the templates make of it is in"
    YOURS = "changed by you, kept"
    DELETED = "deleted"
    ABSENT = "deleted by you, stays so"
    RECORD = "record"


WRITES = frozenset({Fate.NEW, Fate.OVERWRITTEN, Fate.BACKED_UP, Fate.UPDATED, Fate.MERGED, Fate.CONFLICT, Fate.RECORD})
CHANGES = WRITES | {Fate.DELETED}
CONFLICTS = frozenset({Fate.CONFLICT, Fate.UNMERGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`old` is what is there now, `data` what the templates make of it; `beside` is where the old one is kept."""

    path: str
    fate: Fate
    data: bytes = b""
    executable: bool = False
    origins: tuple[str, ...] = ()
    old: bytes | None = None
    beside: str = ""
    note: str = ""

    @property
    def told(self) -> str:
        return " ".join(filter(None, (self.fate.value, self.beside, self.note)))

    @property
    def difference(self) -> Iterator[str]:
        """As `diff -u` would show it."""
        old, new = _text(self.old or b""), _text(b"" if self.fate is Fate.DELETED else self.data)
        if old is None or new is None:
            yield f"{self.path}: {len(self.old or b'')} bytes become {len(self.data)}"
            return
        yield from difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"{self.path} (yours)", f"{self.path} (of the template)", lineterm=""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`fresh` where the folder is not there yet."""

    folder: Path
    fresh: bool
    changes: tuple[Change, ...]

    @property
    def conflicts(self) -> tuple[str, ...]:
        return tuple(change.path for change in self.changes if change.fate in CONFLICTS)

    @property
    def idle(self) -> bool:
        """Whether nothing of it would change anything."""
        return not any(change.fate in CHANGES for change in self.changes)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def is_text(data: bytes) -> bool:
    return _text(data) is not None


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None
