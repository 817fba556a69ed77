"""A fork server and a worker, as the process that stays knows them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tampu.paste.reload.channel import Channel
    from tampu.paste.reload.packages import Packages


class Parent:
    """A fork server; `retired`, it is there for the workers that it still has."""

    def __init__(self, pid: int, channel: Channel) -> None:
        self.pid = pid
        self.channel = channel
        self.sent: set[str] = set()
        self.environ: dict[str, str] | None = None
        self.retired = False

    def load(self, packages: Packages, environ: dict[str, str], sources: list[str]) -> None:
        """As the app loads them, in that environment."""
        names = packages.but(self.sent)
        self.sent.update(names)
        self.environ = environ if names else self.environ
        self.channel.send({"do": "load", "names": names, "sources": sources, "environ": self.environ or {}})


class Worker:
    def __init__(self, number: int, parent: Parent, channel: Channel) -> None:
        self.number = number
        self.parent = parent
        self.channel = channel
        self.began = time.monotonic()
        self.deadline = 0.0
        self.ready = self.failed = self.told = self.ended = self.asked_to_end = False
        self.shares = self.begun = self.closed = False
        # When it need not wait any longer for others to let go of the socket that they share.
        self.turn = 0.0

    def end(self, number: int, patience: float) -> None:
        self.asked_to_end = True
        self.deadline = time.monotonic() + patience if patience else 0.0
        self.parent.channel.send({"do": "end", "worker": self.number, "signal": number})

    def begin(self) -> None:
        self.turn, self.begun = 0.0, True
        self.channel.send({"go": True})
