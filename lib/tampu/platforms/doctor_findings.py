"""What a look at an app finds, said to people and to programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.world.console import Console

Value = TypeVar("Value")
WIDEST = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: what was found, or the trouble that a build would end with."""

    check: str
    found: str
    trouble: TampuError | None = None


class Findings:
    """All of them, in the order of the checks."""

    def __init__(self) -> None:
        self._all: list[Finding] = []

    def look(self, check: str, work: Callable[[], Value], told: Callable[[Value], str]) -> Value | None:
        """What the work gives, or nothing if it ends with an error, which is kept and ends nothing else."""
        try:
            value = work()
        except TampuError as error:
            self._all.append(Finding(check=check, found=error.title, trouble=error))
            return None
        self._all.append(Finding(check=check, found=excerpt(told(value), WIDEST)))
        return value

    @property
    def troubles(self) -> list[TampuError]:
        """Each once, however many checks meet it."""
        met = {finding.trouble.as_text(): finding.trouble for finding in self._all if finding.trouble}
        return list(met.values())

    def tell(self, say: Console) -> None:
        for finding in self._all:
            say.detail(f"{'problem' if finding.trouble else 'ok':<9}{finding.check}: {finding.found}")
        say.rest()
        for trouble in self.troubles:
            say.error(trouble)

    def as_json(self) -> str:
        document = {"ok": not self.troubles, "checks": [_as_json(finding) for finding in self._all]}
        return json.dumps(document, indent=2) + "\n"


def _as_json(finding: Finding) -> dict[str, object]:
    document: dict[str, object] = {"check": finding.check, "ok": finding.trouble is None, "found": finding.found}
    if finding.trouble:
        document |= {"reason": finding.trouble.reason, "advice": finding.trouble.advice}
    return document
