"""Threads that do what is to be done: more when there is more, fewer afterwards."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[], None]


class Crew:
    def __init__(self, most: int, fewest_spare: int, most_spare: int, freed: Job) -> None:
        """`freed` is called whenever one of a full crew has nothing to do any more."""
        self._most = most
        self._most_spare = most_spare
        self._freed = freed
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Condition()
        self._count = 0
        self._busy = 0
        for _ in range(min(fewest_spare, most)):
            self._hire()

    @property
    def busy(self) -> bool:
        return self._busy > 0

    @property
    def full(self) -> bool:
        return self._busy >= self._most

    def begin(self, job: Job) -> None:
        with self._lock:
            self._busy += 1
            if self._busy > self._count and self._count < self._most:
                self._hire()
        self._jobs.put(job)

    def rest(self, until: float) -> None:
        """Wait for all that was begun, not for ever."""
        with self._lock:
            while self._busy and time.monotonic() < until:
                self._lock.wait(until - time.monotonic())

    def _hire(self) -> None:
        self._count += 1
        # A request that takes for ever must not keep the program from its end.
        threading.Thread(target=self._work, name=f"tampu-{self._count}", daemon=True).start()

    def _work(self) -> None:
        going_on = True
        while going_on:
            job = self._jobs.get()
            try:
                job()
            finally:
                going_on = self._done()

    def _done(self) -> bool:
        with self._lock:
            was_full = self.full
            self._busy -= 1
            surplus = self._count - self._busy > self._most_spare
            self._count -= surplus
            if not self._busy:
                self._lock.notify_all()
        if was_full:
            self._freed()
        return not surplus
