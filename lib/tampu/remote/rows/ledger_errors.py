"""What a table of rows, or the ledger of what became of them, may be like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from pathlib import Path


class LedgerInUse(TampuError):
    reason = "remote::ledger-in-use"

    def __init__(self, path: Path) -> None:
        super().__init__(
            title="Another command is at work on these rows",
            found=f"{path} is held open by it",
            expected="one command at a time",
            todo="Wait for it, end it, or name another folder with --results DIR.",
        )


class AnotherLedger(TampuError):
    reason = "remote::another-ledger"

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            title="The results that are there are of something else",
            found=f"{path} is of {what}",
            expected="the same script, files, words and rows as when it was begun",
            todo=(
                "Name another folder with --results DIR, or take this one away. To run those rows again\n"
                "that failed, with the script as it is now, add --retry-failed."
            ),
        )


class BrokenLedger(TampuError):
    reason = "remote::broken-ledger"

    def __init__(self, path: Path, number: int, line: str) -> None:
        super().__init__(
            title="A ledger has been altered",
            found=f"{path}:{number}: {line[:60]}",
            expected="a line as tampu writes it",
            todo="Bring the file back as it was, or begin anew in another folder with --results DIR.",
        )


class NoSpaceForResults(TampuError):
    reason = "remote::no-space-for-results"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            title="A result can't be written",
            found=f"{path}: {why}",
            expected="space for what the runs write",
            todo="Make space, then give the same command again: it goes on where it stopped.",
        )


class BadMap(TampuError):
    reason = "remote::bad-map"

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            title="A table of rows can't be read",
            found=f"{path}: {found}",
            expected="CSV in UTF-8, a row for each run: the cells are the script's words",
            todo="Words with commas stand in quotes. If the first row has names, add --header.",
        )
