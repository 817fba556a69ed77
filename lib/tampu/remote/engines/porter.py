"""Who fetches what a run leaves, over a link of its own: nobody waits for it who watches other runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tampu.remote.links.link import Link
from tampu.remote.links.link_errors import OutOfReach
from tampu.remote.links.talk import Cut

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tampu.remote.engines import Cargo
    from tampu.remote.links.host import Host
    from tampu.remote.rows.board import Board
    from tampu.remote.rows.ledger import Attempt
    from tampu.remote.runs.watch import Outcome

CALLS = 3


class Porter:
    """A result is noted once all of it is here; only then is the run forgotten over there."""

    def __init__(self, host: Host, cargo: Cargo, board: Board) -> None:
        self._host = host
        self._cargo = cargo
        self._board = board
        self._link: Link | None = None
        self._thread = ThreadPoolExecutor(1)
        self._work: list[Future[None]] = []

    def take(self, attempt: Attempt, outcome: Outcome, seconds: float) -> None:
        """The outcome has the run's own name, which may be another than the attempt's."""
        self._work.append(self._thread.submit(self._carry, attempt, outcome, seconds))

    def check(self) -> None:
        """An error if there was one."""
        done = [each for each in self._work if each.done()]
        self._work = [each for each in self._work if each not in done]
        for each in done:
            each.result()

    def close(self) -> None:
        """All that was taken has come."""
        self._thread.shutdown()
        if self._link:
            self._link.close()
        self.check()

    def _carry(self, attempt: Attempt, outcome: Outcome, seconds: float) -> None:
        if self._has_brought(attempt, outcome):
            self._board.ended(attempt, outcome, seconds)
        else:
            self._board.lost(attempt, "its host went before its files had come")
        try:
            self._cargo.forget(self._reached, outcome.name)
        except (Cut, OutOfReach):
            self._link = None

    def _has_brought(self, attempt: Attempt, outcome: Outcome) -> bool:
        if outcome.lost or outcome.signal:
            return True
        for _ in range(CALLS):
            try:
                self._cargo.bring(self._reached, outcome.name, self._board.place(attempt.row) / "files")
            except (Cut, OutOfReach):  # noqa: PERF203 - seldom
                self._link = None
            else:
                return True
        return False

    def _reached(self) -> Link:
        if not self._link:
            self._link = Link(self._host)
            self._link.greet()
        return self._link
