"""What a build may take at most, measured against others in the same run; and what a verdict is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Seconds = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit in words, what was found and what was allowed: at most that, or at least."""

    limit: str
    found: float
    allowed: float
    unit: str = "s"
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.found >= self.allowed if self.at_least else self.found <= self.allowed


def judge(seconds: Seconds, sockets: Sequence[int]) -> tuple[Verdict, ...]:
    def took(scene: str, who: str = "tampu") -> float:
        return median(seconds[scene][who])

    return (
        Verdict(
            "nothing changed: 1.5 times `cp -al` of the result, and 0.3 s",
            took("nothing changed"),
            1.5 * took("copy of the result", "cp -al") + 0.3,
        ),
        Verdict("nothing changed: no sockets", max(sockets), 0, "sockets"),
        Verdict(
            "one added, in an environment that stays: 1.3 times `uv pip install` of that one, and 0.5 s",
            took("one added", "tampu in place"),
            1.3 * took("one added", "uv") + 0.5,
        ),
        Verdict(
            "one added, in a new copy of the app: the same, and 1.5 times `cp -al`",
            took("one added"),
            1.3 * took("one added", "uv") + 0.5 + 1.5 * took("copy of the result", "cp -al"),
        ),
        Verdict("cold: 1.25 times plain uv with an empty cache", took("cold"), 1.25 * took("cold", "uv")),
        Verdict(
            "cold: 1.25 times uv with an empty cache and bytecode, as ours",
            took("cold"),
            1.25 * took("cold", "uv --compile-bytecode"),
        ),
        Verdict(
            "detect: 3 times `python3 -I -S -c pass`",
            took("detect", "bin/detect"),
            3 * took("detect", "python3 -I -S -c pass"),
        ),
    )
