"""The signals that somebody sends us while something runs over there, noted for it."""

from __future__ import annotations

import os

from tampu.daemon import signals as signal

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType, TracebackType

    from typing_extensions import Self

# What people send; not what tells of our own faults, limits, children and stops.
OTHERS = ("SIGVTALRM", "SIGPROF", "SIGIO", "SIGPWR")
PASSED_ON = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM),
    *(getattr(signal, name) for name in OTHERS if hasattr(signal, name)),
    *range(getattr(signal, "SIGRTMIN", 0), getattr(signal, "SIGRTMAX", -1) + 1),
)
# Whose terminal goes leaves a run that goes on without him.
OF_DETACHED = tuple(number for number in PASSED_ON if number != signal.SIGHUP)
# Somebody who has asked twice already wants nothing but out.
PATIENCE = 2


class Signals:
    """What came, in order, and an end of a pipe that can be read when something has."""

    def __init__(self, numbers: Iterable[int] = PASSED_ON) -> None:
        self._numbers = (*numbers, signal.SIGWINCH)
        self._came: list[int] = []
        self._interrupts = 0
        self.woken, self._wake = os.pipe()
        for end in (self.woken, self._wake):
            os.set_blocking(end, False)

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in self._numbers}
        self.heed()
        return self

    def heed(self) -> None:
        self._woke_before = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in self._before:
            signal.signal(number, self._note)

    def leave(self) -> None:
        """They do again what they did before."""
        signal.set_wakeup_fd(self._woke_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.leave()
        for end in (self.woken, self._wake):
            os.close(end)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._interrupts += number == signal.SIGINT
        if self._interrupts > PATIENCE:
            raise KeyboardInterrupt
        self._came.append(number)

    def add(self, number: int) -> None:
        """As if it had come."""
        self._came.append(number)

    @property
    def interrupts(self) -> int:
        return self._interrupts

    def take(self) -> list[int]:
        try:
            os.read(self.woken, 4096)
        except BlockingIOError:
            pass
        taken = self._came[:]
        del self._came[: len(taken)]
        return taken
