"""Where a server stands: whether it is ready, and whether it was asked to end. Every server of ours keeps to it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tampu.daemon import notify

if TYPE_CHECKING:
    from collections.abc import Callable

# Requests that are answered when it is asked to end have so long.
GRACE = 10.0
# A connection that is kept is closed at the end when nothing has come by it for so long.
IDLE = 0.3
LONGEST_FAREWELL = 3.0
ASKS_TO_END = (signal.SIGTERM, signal.SIGINT)


class Sign:
    """Given by the handler of a signal, which another one may interrupt: the lock of an Event would be its end."""

    def __init__(self) -> None:
        self._given = False

    def set(self) -> None:
        self._given = True

    def clear(self) -> None:
        self._given = False

    def is_set(self) -> bool:
        return self._given


ending = Sign()
_heirs = Sign()
_wakers: list[Callable[[], object]] = []
_listeners: list[Callable[[str], object]] = [notify.ready]
_closers: list[Callable[[], object]] = []


def heed_signals() -> None:
    """From now on, to be asked to end is no death: a server looks at `ending`, or has itself woken."""
    for number in ASKS_TO_END:
        signal.signal(number, _end)


def on_end(wake: Callable[[], object]) -> None:
    """Called in the handler of a signal: it can do no more than wake somebody."""
    _wakers.append(wake)
    if ending.is_set():
        wake()


def expect_heirs() -> None:
    """Somebody else will go on answering at the same sockets, and has said where they are."""
    _heirs.set()


def has_heirs() -> bool:
    return _heirs.is_set()


def begin_anew() -> None:
    """In a process that was forked from one that stands already: what wakes that one is none of its business."""
    _wakers.clear()
    _listeners.clear()
    _closers.clear()


def ready(status: str = "") -> None:
    """Requests that come in are answered from now on."""
    for tell in _listeners:
        tell(status)


def closed() -> None:
    """Who calls from now on is not answered here."""
    for tell in _closers:
        tell()


def on_close(tell: Callable[[], object]) -> None:
    _closers.append(tell)


def on_ready(tell: Callable[[str], object]) -> None:
    """Before whoever started this program hears of it: then all that belongs to being ready is done."""
    _listeners.insert(0, tell)


def _end(_number: int, _frame: object) -> None:
    ending.set()
    for wake in _wakers:
        wake()
