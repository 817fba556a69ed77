from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING

import pytest

from tampu.remote.links.pace import Pace
from tampu.remote.links.wire import COMPRESSED, HEAD, SHA
from tampu.remote.stores import store
from tests.kit import remotes, stored
from tests.kit.distance import distance

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.sshd import Server

PIECE = 1 << 17
WHOLE = 16 << 20
# Letters of random bytes: a quarter of it can be saved.
LETTERS = base64.b64encode(random.Random(1).randbytes(PIECE))[:PIECE]  # noqa: S311 - any bytes
# A quarter of a piece saved in 2 ms pays where a link takes less than 16 MB in a second.
PRESSING = 0.002


class Far:
    """A link that takes so much in a second of its own clock, which goes on with each look at it."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.now = 0.0
        self.given = self.whole = self.small = 0

    def clock(self) -> float:
        self.now += PRESSING
        return self.now

    @property
    def waiting(self) -> int:
        return max(0, self.given - int(self.rate * self.now))

    def send(self, message: bytes) -> None:
        self.whole += 1
        self.small += bool(message[HEAD + SHA] & COMPRESSED)
        self.given += len(message) - HEAD - SHA - 1
        self.now = max(self.now, (self.given - (1 << 20)) / self.rate)


@pytest.mark.parametrize(("rate", "least", "most"), [(1e6, 0.8, 1), (8e6, 0.8, 1), (30e6, 0, 0.1), (1e9, 0, 0.1)])
def test_it_is_compressed_where_that_saves_time(rate: float, least: float, most: float) -> None:
    far = Far(rate)
    pace = Pace(far, far.clock)

    while far.whole * PIECE < WHOLE:
        pace.give("ab" * SHA, LETTERS, 0)

    assert least <= far.small / far.whole <= most


def test_a_slow_link_has_less_to_carry(near: Server, tmp_path: Path) -> None:
    text = b"".join(b"VALUE_%d = %d\n" % (n, n) for n in range(300_000))
    tree = stored.code(tmp_path, {"one.py": text})
    with distance(near.port, rate=2e6) as way:
        link = remotes.link(near.by(way.port))
        store.provide(link, tree, stored.quiet)
        link.close()
        passed = way.passed

    assert passed < len(text) * 0.6
