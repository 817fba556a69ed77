"""Moves what a daemon writes from a pipe into files of a bounded size.

The kernel itself moves the bytes (splice): each is either still in the pipe or in the file, never in both and never in
neither. Whoever kills this process at any instant loses nothing, and the next one goes on where it was.
"""

from __future__ import annotations

import os
import select
import signal

from tampu.daemon.said import Said

PIPE = 0
WRITING = "writing"
WAITING = "waiting"
MODE = 0o640
CHUNK = 1 << 20
# What never ends a line is cut after that much more.
LONGEST_LINE = 1 << 14
# In seconds: for the end of a line before a file is changed, and between two attempts at what a disk refused.
LINE_PATIENCE = 0.2
PAUSE = 0.5


class Log:
    """The newest file, and the older ones behind it."""

    def __init__(self, path: str, size: int, keep: int) -> None:
        self._path = path
        self._size = size
        self._keep = keep
        self._descriptor = -1
        self.asked_to_reopen = False

    def take(self) -> int:
        """Move as much as fits; 0 is the end of the pipe."""
        if self._descriptor < 0:
            self._open()
            # Full, as one leaves it that is killed before it can change it.
            if self.must_change() and self.at_the_end_of_a_line():
                self.change()
                self._open()
        at = os.fstat(self._descriptor).st_size
        room = 1 if self.must_change() else min(self._size - at, CHUNK)
        return os.splice(PIPE, self._descriptor, room, offset_dst=at)

    def must_change(self) -> bool:
        """Whether what is written next belongs into another file, or would if a line ended here."""
        if self._descriptor < 0:
            return False
        return self.asked_to_reopen or os.fstat(self._descriptor).st_size >= self._size or not self._in_place()

    def at_the_end_of_a_line(self) -> bool:
        size = os.fstat(self._descriptor).st_size
        return not size or size >= self._size + LONGEST_LINE or os.pread(self._descriptor, 1, size - 1) == b"\n"

    def change(self) -> None:
        if self._in_place() and os.fstat(self._descriptor).st_size >= self._size:
            self._rotate()
        self.asked_to_reopen = False
        os.close(self._descriptor)
        self._descriptor = -1

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
        self._descriptor = os.open(self._path, flags, MODE)

    def _in_place(self) -> bool:
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def _rotate(self) -> None:
        """From the oldest on, and up to the first gap only: after a kill in between, it goes on where it was."""
        if not self._keep:
            os.unlink(self._path)
            return
        names = [self._path, *(f"{self._path}.{number}" for number in range(1, self._keep + 1))]
        free = next((at for at, name in enumerate(names) if not os.path.lexists(name)), self._keep)
        for at in range(free, 0, -1):
            os.rename(names[at - 1], names[at])


class Writer:
    def __init__(self, log: Log, said: Said, news: int) -> None:
        self._log = log
        self._said = said
        self._news = news
        self._poll = select.poll()
        self._poll.register(PIPE, select.POLLIN)
        self._poll.register(news, select.POLLIN)

    def run(self) -> None:
        """Until nobody can write into the pipe any more, and it is empty."""
        while True:
            try:
                if not self._go_on():
                    return
            except OSError as error:
                self._said.say(state=WAITING, why=error.strerror or str(error))
                self._pause()

    def _go_on(self) -> bool:
        ready = dict(self._poll.poll(LINE_PATIENCE * 1000 if self._log.must_change() else None))
        if self._news in ready:
            os.read(self._news, 4096)
        if self._log.must_change() and (not ready or self._log.at_the_end_of_a_line()):
            self._log.change()
        if PIPE in ready:
            if not self._log.take():
                return False
            self._said.say(state=WRITING)
        return True

    def _pause(self) -> None:
        select.select([self._news], [], [], PAUSE)


def main(path: str, size: str, keep: str, state: str) -> int:
    os.umask(0)
    log = Log(path, int(size), int(keep))
    news, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written)

    def reopen(*_: object) -> None:
        log.asked_to_reopen = True

    signal.signal(signal.SIGHUP, reopen)
    said = Said(state)
    # It has older wishes, and may have seen the end of an older daemon.
    said.take_over()
    said.say(state=WRITING)
    Writer(log, said, news).run()
    return 0
