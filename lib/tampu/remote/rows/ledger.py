"""What became of each row, in a file that only grows: a JSON object a line, whole and on the disk at once."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from typing import TYPE_CHECKING

from tampu.remote.rows.ledger_errors import AnotherLedger, BrokenLedger, LedgerInUse, NoSpaceForResults
from tampu.values import asdict, dataclass

if TYPE_CHECKING:
    from pathlib import Path

ID_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of a row."""

    row: int
    number: int
    host: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a row came to: the one that counts."""

    row: int
    host: str
    run: str
    attempt: int
    code: int | None = None
    signal: int | None = None
    error: str = ""
    seconds: float = 0.0

    @property
    def well(self) -> bool:
        return self.code == 0 and not self.signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """What a ledger is about: two commands go on with each other's if these are the same."""

    package: str
    rows: str
    title: str = ""


class Ledger:
    """Held by one command at a time. `before` is what an earlier one had begun."""

    def __init__(self, path: Path, of: Of, *, other_package: bool = False) -> None:
        self.path = path
        self.id = ""
        self.results: dict[int, Result] = {}
        self.begun: dict[int, Attempt] = {}
        self.before: frozenset[Attempt] = frozenset()
        self.tried: dict[int, int] = {}
        self._package = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            self._open(of, other_package=other_package)
        except BaseException:
            self.close()
            raise

    def _open(self, of: Of, *, other_package: bool) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LedgerInUse(self.path) from error
        for number, line in enumerate(self._whole_lines(), 1):
            try:
                self._heed(json.loads(line), of)
            except (ValueError, KeyError, TypeError) as error:  # noqa: PERF203 - it ends the loop
                raise BrokenLedger(self.path, number, line.decode(errors="replace")) from error
        self.before = frozenset(self.begun.values())
        if not self.id:
            self._write({"ledger": os.urandom(8).hex(), **asdict(of)}, of)
        elif self._package != of.package and other_package:
            self._write({"package": of.package}, of)
        elif self._package != of.package:
            raise AnotherLedger(self.path, "the same rows, and of another script or other files")

    def _whole_lines(self) -> list[bytes]:
        """What a killed writer left of a line is no line."""
        size = os.fstat(self._file).st_size
        text = b""
        while len(text) < size:
            text += os.pread(self._file, size - len(text), len(text))
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < size:
            os.ftruncate(self._file, len(whole))
        return whole.splitlines()

    def _heed(self, said: dict[str, object], of: Of | None = None) -> None:
        if "ledger" in said:
            self.id, self._package = str(said["ledger"]), str(said["package"])
            if of and said["rows"] != of.rows:
                raise AnotherLedger(self.path, str(said["title"]) or "other rows")
        elif "package" in said:
            self._package = str(said["package"])
        elif "begun" in said:
            self._take(Attempt(**said["begun"]))  # type: ignore[arg-type]
        elif "ended" in said:
            result = Result(**said["ended"])  # type: ignore[arg-type]
            self.results[result.row] = result
            self.begun.pop(result.row, None)
        else:
            self.begun.pop(said["lost"], None) if "lost" in said else self.results.pop(said["again"])  # type: ignore[call-overload]

    def _take(self, attempt: Attempt) -> None:
        self.begun[attempt.row] = attempt
        self.tried[attempt.row] = max(attempt.number + 1, self.tried.get(attempt.row, 0))

    def attempt(self, row: int, host: str) -> Attempt:
        """The next one of that row; by the same ID it is taken up again, whoever begins it."""
        number = self.tried.get(row, 0)
        run = hashlib.sha256(f"{self.id}/{row}/{number}".encode()).hexdigest()[:ID_LENGTH]
        attempt = Attempt(row=row, number=number, host=host, run=run)
        self._write({"begun": asdict(attempt)})
        return attempt

    def lost(self, attempt: Attempt, why: str) -> None:
        """It came to nothing."""
        self._write({"lost": attempt.row, "attempt": attempt.number, "why": why})

    def ended(self, result: Result) -> None:
        self._write({"ended": {name: value for name, value in asdict(result).items() if value not in (None, "")}})

    def again(self, row: int) -> None:
        """Its result counts no more."""
        self._write({"again": row})

    def _write(self, said: dict[str, object], of: Of | None = None) -> None:
        before = os.fstat(self._file).st_size
        line = json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, before)
            raise NoSpaceForResults(self.path, error.strerror or str(error)) from error
        self._heed(said, of)

    def close(self) -> None:
        os.close(self._file)


def write_file(path: Path, data: bytes, mode: str = "wb") -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            file.write(data)
    except OSError as error:
        raise NoSpaceForResults(path, error.strerror or str(error)) from error
