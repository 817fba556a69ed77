"""What is given to a link as it can take it: compressed where that saves time."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Protocol

from tampu.remote.links.wire import COMPRESSED, blob
from tampu.remote.stores.asking import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable

QUICKEST = 1
# After so many bytes, what compressing takes and saves is looked at again.
LOOK_AGAIN = 1 << 23


class Road(Protocol):
    """What a link is to this: it takes, and knows what waits."""

    @property
    def waiting(self) -> int: ...

    def send(self, message: bytes) -> None: ...


class Pace:
    """How much a link takes in a second, and how much is compressed in one, both by the clock."""

    def __init__(self, link: Road, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._began = clock()
        self._given = 0
        self._looked = -LOOK_AGAIN
        self._saved = 0
        self._spent = 0.0

    def give(self, sha: str, data: bytes, flags: int) -> None:
        if self._pays():
            small = self._compressed(data)
            if len(small) < len(data):
                data, flags = small, flags | COMPRESSED
        self._given += len(data)
        self._link.send(blob(CHANNEL, sha, flags, data))

    def _pays(self) -> bool:
        """Whether what is saved would be on its way for longer than to save it takes."""
        taken = self._given - self._link.waiting
        if self._link.waiting <= 0 or taken <= 0:
            return False
        if self._given - self._looked >= LOOK_AGAIN:
            self._looked = self._given
            return True
        return self._saved * (self._clock() - self._began) / taken > self._spent

    def _compressed(self, data: bytes) -> bytes:
        began = self._clock()
        small = zlib.compress(data, QUICKEST)
        self._spent += self._clock() - began
        self._saved += max(0, len(data) - len(small))
        return small
