"""Many runs of one script: a row of words each, spread over hosts, with one ledger of what became of them."""

from __future__ import annotations

import hashlib
import json
import select
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.remote.engines import Setting
from tampu.remote.engines.ssh import Ssh
from tampu.remote.rows.board import ENDED, INTERRUPTED, LEFT, Board, Rules
from tampu.remote.rows.ledger import Ledger, Of
from tampu.remote.rows.ledger_errors import NoSpaceForResults
from tampu.remote.rows.shown import Progress
from tampu.remote.runs.watch import SIGNALLED
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from tampu.remote.engines import Cargo, Engine
    from tampu.remote.links.host import Host
    from tampu.remote.runs.signals import Signals
    from tampu.remote.runs.watch import Ends

    Making = Callable[[tuple[Host, ...], Cargo, Setting], Engine]

TICK = 0.2
LEDGER = "ledger.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Without rows there is one run on each host. Without a folder for results nothing is kept of them."""

    hosts: tuple[Host, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    results: Path | None = None
    retries: int = 2
    retry_failed: bool = False
    title: str = ""
    setting: Setting = field(default_factory=Setting)

    @property
    def homes(self) -> tuple[str, ...]:
        return () if self.rows else tuple(host.name for host in self.hosts)

    def rules(self) -> Rules:
        rows = self.rows or tuple(() for _ in self.hosts)
        again = self.retry_failed
        return Rules(rows=rows, homes=self.homes, title=self.title, retries=self.retries, retry_failed=again)

    def of(self, package: str) -> Of:
        text = json.dumps([self.rows, self.homes])
        return Of(package=package, rows=hashlib.sha256(text.encode()).hexdigest(), title=self.title)


def run(many: Many, cargo: Cargo, ends: Ends, signals: Signals | None = None, engine: Making = Ssh) -> int:
    """The exit code of all: 0 if all went well, 1 if any didn't."""
    with _folder(many) as folder:
        ledger = Ledger(folder / LEDGER, many.of(cargo.id), other_package=many.retry_failed)
        try:
            if many.retry_failed:
                for row in [row for row, result in ledger.results.items() if not result.well]:
                    ledger.again(row)
            board = Board(ledger, many.rules(), folder)
            return _at_work(many, board, engine(many.hosts, cargo, many.setting), ends, signals)
        finally:
            ledger.close()


@contextmanager
def _folder(many: Many) -> Iterator[Path]:
    if many.results:
        yield many.results
    else:
        with tempfile.TemporaryDirectory(prefix="tampu-") as folder:
            yield Path(folder)


def _at_work(many: Many, board: Board, engine: Engine, ends: Ends, signals: Signals | None) -> int:
    progress = Progress(board, (ends.stdout, ends.stderr), live=not many.results)
    crew = Crew(board, engine)
    interrupted = 0
    try:
        while not crew.done():
            crew.wait([signals.woken] if signals else [])
            for number in signals.take() if signals else ():
                if number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    interrupted = number
                    board.stop(INTERRUPTED if board.stopping < INTERRUPTED and number == signal.SIGINT else ENDED)
            progress.look()
    finally:
        board.stop(LEFT)
        crew.close()
        progress.close()
    crew.check()
    if interrupted:
        return SIGNALLED + interrupted
    well = sum(result.well for result in board.results.values())
    return int(well < len(board.rules.rows))


class Crew:
    """The workers of an engine, each in a thread."""

    def __init__(self, board: Board, engine: Engine) -> None:
        self._board = board
        self._bell = board.bell()
        workers = {} if board.over else engine.workers(board)
        for host in {attempt.host for attempt in board.begun_before()} - workers.keys():
            board.away(host, "", others=True)
        self._threads = ThreadPoolExecutor(len(workers) or 1)
        self._work = {host: self._threads.submit(work) for host, work in workers.items()}
        self._left: dict[str, Future[None]] = dict(self._work)

    def done(self) -> bool:
        return not self._left

    def wait(self, also: list[int]) -> None:
        select.select([self._bell.woken, *also], [], [], TICK)
        self._bell.hush()
        for host in [host for host, future in self._left.items() if future.done()]:
            error = self._left.pop(host).exception()
            if error:
                self._leaves(host, error)

    def _leaves(self, host: str, error: BaseException) -> None:
        """Without it, if it is the host that is to blame."""
        if isinstance(error, TampuError) and not isinstance(error, NoSpaceForResults):
            self._board.say(f"{host} takes no part: {error.title}")
            self._board.away(host, error.title, others=bool(self._left))
        else:
            self._board.stop(LEFT)

    def check(self) -> None:
        """An error where there is nothing to show but that."""
        errors = [error for error in (future.exception() for future in self._work.values()) if error]
        hopeless = [
            error for error in errors if not isinstance(error, TampuError) or isinstance(error, NoSpaceForResults)
        ]
        if hopeless or (errors and len(errors) == len(self._work) and not self._board.results):
            raise (hopeless or errors)[0]

    def close(self) -> None:
        self._threads.shutdown()
