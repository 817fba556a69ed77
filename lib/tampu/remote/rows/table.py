"""Rows of a table: the words of a run each."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from tampu.remote.rows.ledger_errors import BadMap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Row = tuple[str, ...]


def rows_of(path: Path, *, header: bool) -> tuple[Row, ...]:
    """Each row's cells as they are written; blank lines are none, and a first row of names only if it is said to be."""
    found = tuple(_read(path))[int(header) :]
    if not found:
        raise BadMap(path, "no row")
    return found


def _read(path: Path) -> Iterator[Row]:
    reader = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                if any("\0" in cell for cell in row):
                    raise BadMap(path, f"line {reader.line_num} has a NUL, which no word can have")
                if row:
                    yield tuple(row)
    except OSError as error:
        raise BadMap(path, error.strerror or "can't be opened") from error
    except UnicodeDecodeError as error:
        raise BadMap(path, "not in UTF-8") from error
    except csv.Error as error:
        raise BadMap(path, f"line {reader.line_num if reader else 1}: {error}") from error
