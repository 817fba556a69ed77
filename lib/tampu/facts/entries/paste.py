"""Apps that an ini of PasteDeploy describes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.entries import files
from tampu.facts.entries.files import inside
from tampu.facts.entries.model import Entry, Kind
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION = "production.ini"
MAIN = re.compile(r"\[\s*(app|application|composite|composit|pipeline|filter-app)\s*:\s*main\s*\]")
FOR_TESTS = "test"


def production(folder: Path) -> Entry | None:
    return described(folder, PRODUCTION)


def others(folder: Path) -> tuple[Entry, ...]:
    names = [path.name for path in inside(folder) if path.suffix == ".ini" and not path.name.startswith(FOR_TESTS)]
    found = (described(folder, name) for name in names if name != PRODUCTION)
    return tuple(each for each in found if each)


def described(folder: Path, name: str) -> Entry | None:
    """None if it isn't there, or has no main application."""
    for number, line in enumerate(files.lines(files.read(folder / name) or b""), start=1):
        if MAIN.match(line):
            return Entry(kind=Kind.PASTE, paste=name, evidence=f"{name}:{number}: {excerpt(line, SENTENCE)}")
    return None
