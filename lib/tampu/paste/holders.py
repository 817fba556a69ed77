"""Who listens at a port of this machine, as far as this user may know."""

from __future__ import annotations

import os
from contextlib import suppress
from glob import iglob
from pathlib import Path

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTENS = "0A"
SOMEBODY = "somebody else"


def holder(port: str) -> str:
    """`nginx (process 12)`, or nobody by name."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(int(port))} if port.isdecimal() else set()
    if not sockets:
        return SOMEBODY
    for link in iglob("/proc/[0-9]*/fd/*"):
        # Of other users, or gone meanwhile.
        with suppress(OSError):
            if os.readlink(link) in sockets:
                pid = link.split("/")[2]
                return f"{Path(f'/proc/{pid}/comm').read_text(encoding='utf-8').strip()} (process {pid})"
    return SOMEBODY


def _inodes(port: int) -> set[str]:
    found = set()
    for table in TABLES:
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == LISTENS and int(words[1].rpartition(":")[2], 16) == port:
                    found.add(words[9])
    return found
