"""The last lines of a log, over its older files, and those that are still to come."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BLOCK = 1 << 16
PAUSE = 0.2
# A line that is longer is shown in pieces.
LONGEST_LINE = 1 << 20


def last(log: Path, lines: int) -> list[bytes]:
    found: list[bytes] = []
    for file in files(log):
        if len(found) < lines:
            with suppress(FileNotFoundError):
                found = [*_last_of(file, lines - len(found)), *found]
    return found


def files(log: Path) -> Iterator[Path]:
    """From the newest on."""
    yield log
    number = 1
    while (older := log.with_name(f"{log.name}.{number}")).exists():
        yield older
        number += 1


def _last_of(file: Path, lines: int) -> list[bytes]:
    with file.open("rb") as log:
        at = log.seek(0, os.SEEK_END)
        text = b""
        while at and text.count(b"\n") <= lines:
            step = min(at, BLOCK)
            at = log.seek(at - step)
            text = log.read(step) + text
    return text.splitlines()[-lines:] if lines else []


class Follower:
    """Reads on where it was, through files that are renamed or shortened."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._begun = b""
        self._descriptor = self._open(log)
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_END)

    def follow(self, give: Callable[[bytes], object], done: Callable[[], bool]) -> None:
        """Until `done`, which is asked whenever nothing is new."""
        while True:
            finished = done()
            for line in self.new_lines():
                give(line)
            if finished:
                return
            time.sleep(PAUSE)

    def new_lines(self) -> Iterator[bytes]:
        yield from self._read()
        for file in self._later_files():
            if self._descriptor is not None:
                # What came between our last look and its new name.
                yield from self._read()
                os.close(self._descriptor)
            self._descriptor = self._open(file)
            yield from self._read()

    def _later_files(self) -> list[Path]:
        """What was begun after the file that we read, the oldest first."""
        later = []
        for file in files(self._log):
            if self._is_ours(file):
                break
            if file.exists():
                later.append(file)
        else:
            # Somebody took it away: the newest is all that we can know of.
            later = later[:1]
        return later[::-1]

    def _is_ours(self, file: Path) -> bool:
        if self._descriptor is None:
            return False
        with suppress(FileNotFoundError):
            return os.path.samestat(file.stat(), os.fstat(self._descriptor))
        return False

    def _read(self) -> Iterator[bytes]:
        if self._descriptor is None:
            return
        if os.lseek(self._descriptor, 0, os.SEEK_CUR) > os.fstat(self._descriptor).st_size:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
        while block := os.read(self._descriptor, BLOCK):
            *lines, self._begun = (self._begun + block).split(b"\n")
            yield from lines
            if len(self._begun) > LONGEST_LINE:
                yield self._begun
                self._begun = b""

    def _open(self, file: Path) -> int | None:
        with suppress(FileNotFoundError):
            return os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        return None
