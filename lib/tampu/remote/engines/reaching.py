"""A host is called, and called again where the link to it was cut."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tampu.remote.links.link import Link
from tampu.remote.links.link_errors import OutOfReach
from tampu.remote.links.talk import Cut
from tampu.remote.rows.board import ENDED

if TYPE_CHECKING:
    from tampu.remote.links.host import Host
    from tampu.remote.rows.board import Board

PAUSE = 0.5
# How often a host is called that has never answered.
CALLS = 3


def reached(host: Host, board: Board) -> Link:
    for left in reversed(range(CALLS)):
        link = Link(host)
        try:
            link.greet()
        except OutOfReach:
            link.close()
            if not left or board.over:
                raise
            time.sleep(PAUSE)
        else:
            break
    return link


def taken_up(link: Link, board: Board, patience: float) -> Link:
    """For as long as the runs wait for us."""
    until = time.monotonic() + patience
    while True:
        try:
            return link.again()
        except (Cut, OutOfReach) as error:  # noqa: PERF203 - seldom
            if time.monotonic() > until or board.stopping >= ENDED:
                raise OutOfReach(link.name, f"no link for {patience:.0f} s") from error
            time.sleep(PAUSE)
