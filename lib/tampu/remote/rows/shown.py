"""How many runs look to somebody who waits: one line that changes on a terminal, else lines; a table at the end."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from typing import TYPE_CHECKING

from tampu.remote.rows.board import told

if TYPE_CHECKING:
    from tampu.remote.rows.board import Board
    from tampu.remote.rows.ledger import Result

FAILED_SHOWN = 20
CLEAR = "\r\x1b[K"


def write(end: int, text: bytes) -> None:
    left = memoryview(text)
    while left:
        left = left[os.write(end, left) :]


class Progress:
    """What the board has to tell; `live` also shows what the runs write, each line with its host's name."""

    def __init__(self, board: Board, ends: tuple[int, int], *, live: bool) -> None:
        self._board = board
        self._ends = ends
        self._live = live
        self._shown: dict[tuple[int, str], int] = {}
        self._terminal = os.isatty(ends[1])

    def look(self) -> None:
        if self._live:
            self._pass_on(finished=False)
        board, said = self._board, []
        while board.news:
            news = board.news.popleft()
            if not (news.usual and (self._terminal or self._live)):
                said.append(news.text)
        done = f"[{len(board.results)}/{len(board.rules.rows)}] "
        text = "".join(f"{done * (not self._live)}{line}\n" for line in said)
        if self._terminal:
            self._say(f"{CLEAR}{text}{self._state()}")
        else:
            self._say(text)

    def close(self) -> None:
        if self._live:
            self._pass_on(finished=True)
        if self._terminal:
            self._say(CLEAR)
        self._say("".join(f"{line}\n" for line in table(self._board)))

    def _state(self) -> str:
        board = self._board
        failed = sum(not result.well for result in board.results.values())
        at_work = Counter(attempt.host for attempt in list(board.held.values()))
        where = ", ".join(f"{host} {count}" for host, count in sorted(at_work.items()))
        text = f"{len(board.results)}/{len(board.rules.rows)} done, {failed} failed, running: {where or 'none'}"
        return text[: shutil.get_terminal_size().columns - 1]

    def _say(self, text: str) -> None:
        write(self._ends[1], text.encode("utf-8", "backslashreplace"))

    def _pass_on(self, *, finished: bool) -> None:
        for row in range(len(self._board.rules.rows)):
            for stream, end in zip(("out", "err"), self._ends, strict=True):
                text = self._lines(row, stream, finished=finished)
                if text:
                    prefix = f"{self._board.label(row)} | ".encode()
                    shown = b"".join(prefix + line.rstrip(b"\n") + b"\n" for line in text.splitlines(keepends=True))
                    write(end, (CLEAR.encode() if self._terminal else b"") + shown)

    def _lines(self, row: int, stream: str, *, finished: bool) -> bytes:
        """What is new of it, in whole lines."""
        path = self._board.place(row) / stream
        at = self._shown.get((row, stream), 0)
        if not path.exists() or path.stat().st_size <= at:
            return b""
        with path.open("rb") as file:
            file.seek(at)
            data = file.read()
        whole = data if finished else data[: data.rfind(b"\n") + 1]
        self._shown[row, stream] = at + len(whole)
        return whole


def table(board: Board) -> list[str]:
    results = board.results
    hosts = sorted({result.host for result in results.values()})
    lines = [f"{'host':<24} {'runs':>6} {'well':>6} {'failed':>6} {'seconds':>9}"] if hosts else []
    for host in hosts:
        mine = [result for result in results.values() if result.host == host]
        well = sum(result.well for result in mine)
        seconds = sum(result.seconds for result in mine)
        lines.append(f"{host:<24} {len(mine):>6} {well:>6} {len(mine) - well:>6} {seconds:>9.1f}")
    failed = [results[row] for row in sorted(results) if not results[row].well]
    lines += [_failure(board, result) for result in failed[:FAILED_SHOWN]]
    if len(failed) > FAILED_SHOWN:
        lines.append(f"... and {len(failed) - FAILED_SHOWN} more that failed")
    lines += [f"{board.label(row)}: no result, {why}" for row, why in sorted(board.unmet.items())[:FAILED_SHOWN]]
    without = len(board.rules.rows) - len(results)
    well = len(results) - len(failed)
    lines.append(f"{len(board.rules.rows)} runs: {well} well, {len(failed)} failed, {without} without a result")
    return lines


def _failure(board: Board, result: Result) -> str:
    return f"{board.label(result.row)}: {told(result)}{', ' + result.error if result.error else ''} on {result.host}"
