"""A program of an engine on a host: it is told things on its stdin, and says things in lines of JSON."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from tampu.remote.links.wire import Kind, piece
from tampu.remote.runs.watch import Ends, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.runs.running import Spec

CHANNELS = itertools.count(1 << 20)
WORDS_KEPT = 1 << 12


class Role(Watch):
    """Begun at once. Its stdin stays open for as long as it runs."""

    def __init__(self, link: Link, spec: Spec, first: bytes) -> None:
        super().__init__(link, spec.wish(), Ends(), None)
        self.channel = next(CHANNELS)
        self.ready = False
        self._line = b""
        self._complaints = b""
        self._unread += first
        self.begin()

    def watch_by(self, link: Link) -> None:
        self.link = link
        self.begin()

    def give(self, data: bytes) -> None:
        self.link.send(piece(Kind.IN, self.channel, self._taken + len(self._unread), data))
        self._unread += data

    def said(self) -> Iterator[dict[str, Any]]:
        """What it has said since."""
        *lines, self._line = self._line.split(b"\n")
        for line in lines:
            told = json.loads(line)
            self.ready = self.ready or "ready" in told
            yield told

    @property
    def complaint(self) -> str:
        """Its last words."""
        lines = [line.strip() for line in self._complaints.decode(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"

    def _write(self, stream: str, data: bytes) -> None:
        if stream == "out":
            self._line += data
        else:
            self._complaints = (self._complaints + data)[-WORDS_KEPT:]
