"""How large an image may be at most, and what making it anew may take, measured against a Containerfile's."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from image_contestants import FIRST, LINE, REQUIREMENT, Plain, Tampu
from image_rounds import PUSHED, WHOLE
from judge import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def judge(
    seconds: Mapping[str, Mapping[str, Sequence[float]]], megabytes: Mapping[str, Mapping[str, float]]
) -> tuple[Verdict, ...]:
    ours, plain = Tampu().name, Plain().name

    def took(scene: str, who: str) -> float:
        return median(seconds[scene][who])

    return (
        Verdict("the whole image: as that of the Containerfile", megabytes[WHOLE][ours], megabytes[WHOLE][plain], "MB"),
        Verdict("pushed after one line has changed: 1 MB", megabytes[PUSHED.format(LINE)][ours], 1.0, "MB"),
        Verdict("the first image: twice `podman build`", took(FIRST, ours), 2 * took(FIRST, plain)),
        Verdict("one requirement added: as `podman build`", took(REQUIREMENT, ours), took(REQUIREMENT, plain)),
    )
