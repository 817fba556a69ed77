"""Who is at which row: handed out to hosts, taken back where one is lost, and each result noted once."""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.remote.rows.ledger import Attempt, Result
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.remote.rows.ledger import Ledger
    from tampu.remote.runs.watch import Outcome

INTERRUPTED, ENDED, LEFT = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`homes` binds a row to a host."""

    rows: tuple[tuple[str, ...], ...]
    homes: tuple[str, ...] = ()
    retries: int = 2
    retry_failed: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What is `usual` is said only where there is nothing else to look at."""

    text: str
    usual: bool = field(kw_only=True)


@dataclass(slots=True)
class Bell:
    """An end of a pipe that can be read once somebody has rung."""

    woken: int = field(init=False)
    _wake: int = field(init=False)

    def __post_init__(self) -> None:
        self.woken, self._wake = os.pipe()
        for end in (self.woken, self._wake):
            os.set_blocking(end, False)

    def ring(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake, b".")

    def hush(self) -> None:
        with suppress(BlockingIOError):
            os.read(self.woken, 1 << 12)


class Board:
    """All that threads share. Whoever works at rows asks `take` until all is `over`."""

    def __init__(self, ledger: Ledger, rules: Rules, folder: Path) -> None:
        self.rules = rules
        self.folder = folder
        self.stopping = 0
        self.held: dict[str, Attempt] = {}
        self.unmet: dict[int, str] = {}
        self.news: deque[News] = deque()
        self._ledger = ledger
        self._lock = threading.RLock()
        self._bells: list[Bell] = []
        self._gone: set[str] = set()
        self._retried: Counter[int] = Counter()
        self._was_at: dict[int, str] = {}
        self._kept_for = {attempt.row: attempt for attempt in ledger.begun.values()}
        without = (row for row in range(len(rules.rows)) if row not in ledger.results)
        self._open = deque(row for row in without if row not in self._kept_for)

    @property
    def results(self) -> dict[int, Result]:
        return self._ledger.results

    @property
    def over(self) -> bool:
        with self._lock:
            if self.stopping:
                return not self.held or self.stopping >= LEFT
            return not (self.held or self._open or self._kept_for)

    @property
    def name(self) -> str:
        """The same whoever goes on with it."""
        return self._ledger.id

    def begun_before(self) -> frozenset[Attempt]:
        return self._ledger.before

    def bell(self) -> Bell:
        """Rung whenever something has changed."""
        with self._lock:
            self._bells.append(Bell())
            return self._bells[-1]

    def label(self, row: int) -> str:
        return self.rules.homes[row] if self.rules.homes else str(row + 1)

    def place(self, row: int) -> Path:
        """The folder for what comes of that row."""
        return self.folder / self.label(row).replace("/", "_")

    def take(self, host: str) -> Attempt | None:
        """A row for that host; first those that were begun there."""
        with self._lock:
            if self.stopping:
                return None
            for row, attempt in self._kept_for.items():
                if attempt.host == host:
                    del self._kept_for[row]
                    return self._hold(attempt)
            row = next(self._fitting(host), -1)
            if row < 0:
                return None
            self._open.remove(row)
            return self._hold(self._ledger.attempt(row, host))

    def _fitting(self, host: str) -> Iterator[int]:
        """One that was lost there may do better elsewhere."""
        homes = self.rules.homes
        mine = [row for row in self._open if not homes or homes[row] == host]
        yield from (row for row in mine if self._was_at.get(row) != host)
        yield from mine

    def _hold(self, attempt: Attempt) -> Attempt:
        self.held[attempt.run] = attempt
        return attempt

    def ended(self, attempt: Attempt, outcome: Outcome, seconds: float) -> None:
        """By itself, or not: what was killed is no result until it was tried often enough."""
        # What we have interrupted may say so with an exit code.
        by_us = self.stopping and outcome.exit_code
        if outcome.lost:
            self.lost(attempt, "its supervisor was killed")
        elif by_us or self._from_before(attempt, outcome):
            self.lost(attempt, "it was stopped", counts=False)
        elif outcome.signal and self._may_retry(attempt.row):
            self.lost(attempt, f"ended by signal {outcome.signal}")
        elif outcome.code and self.rules.retry_failed and self._may_retry(attempt.row):
            self.lost(attempt, f"exit code {outcome.code}")
        else:
            known = {"code": outcome.code, "signal": outcome.signal, "error": outcome.error}
            at = {"row": attempt.row, "host": attempt.host, "run": attempt.run, "attempt": attempt.number}
            result = Result(**at, **known, seconds=round(seconds, 3))  # type: ignore[arg-type]
            with self._lock:
                self._ledger.ended(result)
                text = f"{self.label(attempt.row)}: {told(result)}, {seconds:.1f} s{self._at(attempt)}"
                self._done(attempt, text, usual=result.well or bool(self.rules.homes))

    def _at(self, attempt: Attempt) -> str:
        return "" if self.rules.homes else f" on {attempt.host}"

    def _from_before(self, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether it ended with the command that had begun it."""
        return bool(outcome.signal) and attempt in self._ledger.before

    def _may_retry(self, row: int) -> bool:
        return self._retried[row] < self.rules.retries

    def lost(self, attempt: Attempt, why: str, *, counts: bool = True) -> None:
        with self._lock:
            row = attempt.row
            self._ledger.lost(attempt, why)
            if counts and not self.stopping and not self._may_retry(row):
                self.unmet[row] = why
            else:
                self._retried[row] += counts
                self._was_at[row] = attempt.host
                self._open.append(row)
            self._leave_no_row_to(self._gone)
            self._done(attempt, f"{self.label(row)}: {why}{self._at(attempt)}")

    def away(self, host: str, why: str, others: bool) -> None:  # noqa: FBT001 - whether anybody else is left
        """It takes no more rows, and what was begun there is anybody's."""
        with self._lock:
            self._gone.add(host)
            for row, attempt in list(self._kept_for.items()):
                if attempt.host == host:
                    self._open.appendleft(row)
                    del self._kept_for[row]
            self._leave_no_row_to({host})
            if not others:
                self.unmet.update(dict.fromkeys([*self._open, *self._kept_for], why))
                self._open.clear()
                self._kept_for.clear()
            self._ring()

    def _leave_no_row_to(self, hosts: set[str]) -> None:
        """Rows that can only run on these run nowhere."""
        homes = self.rules.homes
        for row in [row for row in self._open if homes and homes[row] in hosts]:
            self._open.remove(row)
            self.unmet[row] = "its host is away"

    def stop(self, level: int) -> None:
        with self._lock:
            self.stopping = max(self.stopping, level)
            self._ring()

    def say(self, text: str, *, usual: bool = False) -> None:
        self.news.append(News(text, usual=usual))
        self._ring()

    def _done(self, attempt: Attempt, text: str, *, usual: bool = False) -> None:
        self.held.pop(attempt.run, None)
        self.say(text, usual=usual)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.ring()


def told(result: Result) -> str:
    if result.signal:
        return f"signal {result.signal}"
    return "ok" if result.well else f"exit code {result.code}"
