"""Two texts that come from one: what each has changed is brought together, line by line."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINE = re.compile(rb"[^\n]*\n|[^\n]+")
YOURS, MIDDLE, THEIRS = b"<<<<<<< yours", b"=======", b">>>>>>> "


@dataclass(frozen=True, slots=True)
class Merged:
    data: bytes
    conflicts: int


def merge(base: bytes, yours: bytes, theirs: bytes, label: str) -> Merged:
    """Where both have changed the same lines, both stand there, between marks; `label` says whose theirs are."""
    if b"\r\n" in yours and b"\r\n" not in base:
        base, theirs = (text.replace(b"\n", b"\r\n") for text in (base, theirs))
    old, mine, new = (LINE.findall(text) for text in (base, yours, theirs))
    made: list[bytes] = []
    conflicts = 0
    at = (0, 0, 0)
    for common in _common(old, mine, new):
        here, there = mine[at[1] : common.mine], new[at[2] : common.new]
        was = old[at[0] : common.old]
        if here in (was, there):
            made += there
        elif there == was:
            made += here
        else:
            conflicts += 1
            made += _marked(here, there, label)
        made += old[common.old : common.old + common.size]
        at = (common.old + common.size, common.mine + common.size, common.new + common.size)
    return Merged(b"".join(made), conflicts)


@dataclass(frozen=True, slots=True)
class Common:
    """Lines that all three have, and where each of them has these."""

    old: int
    mine: int
    new: int
    size: int


def _common(old: Sequence[bytes], mine: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Common]:
    ours = SequenceMatcher(None, old, mine, autojunk=False).get_matching_blocks()
    theirs = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    left, right = 0, 0
    while left < len(ours) and right < len(theirs):
        a, b = ours[left], theirs[right]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield Common(start, a.b + start - a.a, b.b + start - b.a, end - start)
        if a.a + a.size < b.a + b.size:
            left += 1
        else:
            right += 1
    yield Common(len(old), len(mine), len(new), 0)


def _marked(mine: Sequence[bytes], new: Sequence[bytes], label: str) -> Iterator[bytes]:
    """What both begin or end with is no matter of dispute."""
    shorter = min(len(mine), len(new))
    head = next((at for at in range(shorter) if mine[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if mine[-1 - at] != new[-1 - at]), shorter - head)
    end = b"\r\n" if any(line.endswith(b"\r\n") for line in (*mine, *new)) else b"\n"
    yield from mine[:head]
    yield YOURS + end
    yield from _ended(mine[head : len(mine) - tail], end)
    yield MIDDLE + end
    yield from _ended(new[head : len(new) - tail], end)
    yield THEIRS + label.encode() + end
    yield from mine[len(mine) - tail :]


def _ended(lines: Sequence[bytes], end: bytes) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + end
