"""Files that are where they were no longer, and what they may be called now."""

from __future__ import annotations

import os
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.create import paths
from tampu.create.plan import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALIKE = 0.6
LARGEST = 200_000
MOST = 2_000
# What tools make, and not people.
NOT_LOOKED_INTO = paths.TABOO | {"__pycache__", "node_modules", ".venv", "venv", ".tox", ".mypy_cache"}


def pairs(gone: Mapping[str, bytes], came: Mapping[str, bytes]) -> dict[str, str]:
    """For each of the first the one of the second that it has become; the most alike first, none twice."""
    found = sorted(
        ((_likeness(old, new), path, place) for path, old in gone.items() for place, new in came.items()),
        key=lambda each: (-each[0], each[1], each[2]),
    )
    made: dict[str, str] = {}
    for likeness, path, place in found:
        if likeness >= ALIKE and path not in made and place not in made.values():
            made[path] = place
    return made


def strangers(folder: Path, known: frozenset[str]) -> dict[str, bytes]:
    """Files of the project that no template has ever made."""
    found = (path for path in _files(folder) if path not in known)
    return {path: (folder / path).read_bytes() for path, _ in zip(found, range(MOST), strict=False)}


def _files(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in NOT_LOOKED_INTO)
        for name in sorted(names):
            path = Path(place, name)
            if not path.is_symlink() and path.is_file() and path.stat().st_size <= LARGEST:
                yield path.relative_to(folder).as_posix()


def _likeness(old: bytes, new: bytes) -> float:
    """Of nothing at all nobody can say what it has become."""
    if not old.strip() or not new.strip() or max(len(old), len(new)) > LARGEST:
        return 0
    if old == new:
        return 1
    if not (is_text(old) and is_text(new)):
        return 0
    matcher = SequenceMatcher(None, old.split(b"\n"), new.split(b"\n"), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0
