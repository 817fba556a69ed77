"""Long work in short steps, between which the agent hears and answers."""

from __future__ import annotations

import time

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any

    # Each step says how long it can wait for its next.
    Steps = Iterator[float]
    Returns = Generator[float, None, Any]

SLICE = 0.02
# The channel of what nobody has asked for.
BACKGROUND = -1
# What a request may end with that can't be met.
REFUSALS = (KeyError, ValueError, TypeError, AttributeError, OSError)


class Tasks:
    def __init__(self, failed: Callable[[int, Exception], None]) -> None:
        self.failed = failed
        self.tasks: list[tuple[float, int, Steps]] = []

    def add(self, channel: int, steps: Steps) -> None:
        self.tasks.append((0.0, channel, steps))

    def patience(self) -> float:
        """How long nothing is to be done."""
        return max(0.0, min((at for at, _, _ in self.tasks), default=float("inf")) - time.monotonic())

    def go(self) -> None:
        due, self.tasks = self.tasks, []
        for at, channel, steps in due:
            try:
                self.tasks.append((self._slice(at, steps), channel, steps))
            except StopIteration:
                pass
            except REFUSALS as error:
                self.failed(channel, error)

    def _slice(self, at: float, steps: Steps) -> float:
        until = time.monotonic() + SLICE
        while at <= time.monotonic() < until:
            at = time.monotonic() + next(steps)
        return at
