"""What a stored tree looked like when it was stored: hard links let an app write into it."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

NOT_WHOLE = "the stored one is not whole"
FRACTION = re.compile(r"^([0-9]+ [0-9]+ [0-9]+)[0-9]{9} ", re.MULTILINE)


def manifest(tree: Path) -> str:
    """A line for each file: its size, mode, time and name."""
    lines = []
    folders = [str(tree)]
    skip = len(folders[0]) + 1
    while folders:
        for entry in os.scandir(folders.pop()):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_symlink():
                # Its time says nothing: copies of a cache give links a new one.
                lines.append(f"0 0 0 {f'{entry.path[skip:]} -> {Path(entry.path).readlink()}'!r}\n")
            else:
                status = entry.stat(follow_symlinks=False)
                lines.append(f"{status.st_size} {status.st_mode:o} {status.st_mtime_ns} {entry.path[skip:]!r}\n")
    return "".join(sorted(lines))


def altered(place: Path) -> str:
    """What of `tree` is not as the `manifest` beside it says; nothing when all is."""
    try:
        stored = (place / "manifest").read_text(encoding="utf-8")
        found = manifest(place / "tree")
        same = found == stored or _lines(found) == _lines(_in_whole_seconds(stored))
        return "" if same else _difference(stored, found)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return NOT_WHOLE


def _lines(text: str) -> list[str]:
    """Where times are equal, names are in order."""
    return sorted(text.splitlines())


def _in_whole_seconds(text: str) -> str:
    """The same tree as an archive brings it back: platforms that keep caches in one lose fractions of seconds."""
    return FRACTION.sub(r"\g<1>000000000 ", text)


def _difference(stored: str, found: str) -> str:
    names = {_name(line) for line in set(stored.splitlines()) ^ set(found.splitlines())}
    return f"{min(names)} was changed after it was stored" if names else NOT_WHOLE


def _name(line: str) -> str:
    return str(ast.literal_eval(line.split(" ", 3)[-1])).partition(" -> ")[0]
