"""What a stored tree looked like when it was stored: hard links let an app write into it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_WHOLE = "the stored one is not whole"
FRACTION = re.compile(r"^([0-9]+ [0-9]+ [0-9]+)[0-9]{9} ", re.MULTILINE)


def manifest(tree: Path) -> str:
    """A line for each file: its size, mode, time and name."""
    return "".join(f"{line}\n" for line in sorted(_lines(str(tree), len(str(tree)) + 1)))


def _lines(folder: str, skip: int) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _lines(entry.path, skip)
        elif entry.is_symlink():
            # Its time says nothing: copies of a cache give links a new one.
            yield f"0 0 0 {json.dumps(f'{entry.path[skip:]} -> {Path(entry.path).readlink()}')}"
        else:
            status = entry.stat(follow_symlinks=False)
            yield f"{status.st_size} {status.st_mode:o} {status.st_mtime_ns} {json.dumps(entry.path[skip:])}"


def altered(place: Path) -> str:
    """What of `tree` is not as the `manifest` beside it says; nothing when all is."""
    try:
        stored = (place / "manifest").read_text(encoding="utf-8")
        found = manifest(place / "tree")
        same = found in {stored, _in_whole_seconds(stored)}
        return "" if same else _difference(stored, found)
    except (OSError, ValueError):
        return NOT_WHOLE


def _in_whole_seconds(text: str) -> str:
    """The same tree as an archive brings it back: platforms that keep caches in one lose fractions of seconds."""
    return FRACTION.sub(r"\g<1>000000000 ", text)


def _difference(stored: str, found: str) -> str:
    names = {_name(line) for line in set(stored.splitlines()) ^ set(found.splitlines())}
    return f"{min(names)} was changed after it was stored" if names else NOT_WHOLE


def _name(line: str) -> str:
    return str(json.loads(line.split(" ", 3)[-1])).partition(" -> ")[0]
