"""The last lines of a log, over its older files, and those that are still to come."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

BLOCK = 1 << 16
PAUSE = 0.2
# A line that is longer is shown in pieces.
LONGEST_LINE = 1 << 20


def last(log: Path, lines: int) -> list[bytes]:
    return _last_over(files(log), lines)


def files(log: Path) -> Iterator[Path]:
    """From the newest on."""
    yield log
    number = 1
    while (older := log.with_name(f"{log.name}.{number}")).exists():
        yield older
        number += 1


def _last_over(newest_first: Iterable[Path], lines: int) -> list[bytes]:
    found: list[bytes] = []
    for file in newest_first:
        if missing := lines - len(found):
            with suppress(FileNotFoundError), file.open("rb") as log:
                text = _end_of(log.fileno(), os.fstat(log.fileno()).st_size, missing)
                found = [*text.splitlines()[-missing:], *found]
    return found


def _end_of(descriptor: int, end: int, lines: int) -> bytes:
    """So many lines before that place, and some more."""
    at, text = end, b""
    while at and text.count(b"\n") <= lines:
        step = min(at, BLOCK)
        at -= step
        text = os.pread(descriptor, step, at) + text
    return text


class Follower:
    """Reads on where it was, through files that are renamed or shortened."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._begun = b""
        self._descriptor = self._open(log)
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_END)

    def last(self, lines: int) -> list[bytes]:
        """The last lines before all that is new; one that was only begun then is new."""
        found: list[bytes] = []
        if self._descriptor is not None:
            text = _end_of(self._descriptor, os.lseek(self._descriptor, 0, os.SEEK_CUR), lines)
            whole, end, self._begun = text.rpartition(b"\n")
            found = (whole + end).splitlines()[-lines:] if lines else []
        return [*_last_over(self._earlier_files(), lines - len(found)), *found]

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

    def _earlier_files(self) -> list[Path]:
        known = list(files(self._log))
        ours = next((at for at, file in enumerate(known) if self._is_ours(file)), 0)
        return known[ours + 1 :]

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
