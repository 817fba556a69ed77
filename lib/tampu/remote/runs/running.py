"""A run over there as if it were here: its streams, its signals and its end; a link that is cut is taken up again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import LINE, excerpt
from tampu.remote.runs.watch import CHANNEL, CUT_GRACE, Ends, Outcome, Watch
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.quick.spare import Lent
    from tampu.remote.runs.signals import Signals

__all__ = ["CHANNEL", "CutOff", "Ends", "NoRun", "Outcome", "Spec", "Watch", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What is to be run, in its own copy of the code tree of that ID (else in the user's home).

    An empty first word is the environment's Python, else `python`, else the agent's; {store} is the host's store.
    """

    argv: tuple[str, ...]
    cwd: str = ""
    tree: str = ""
    environment: str = ""
    python: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    tty: bool = False
    size: tuple[int, int] = (24, 80)
    detached: bool = False
    grace: float = CUT_GRACE
    name: str = field(default_factory=lambda: os.urandom(8).hex())

    def wish(self) -> dict[str, Any]:
        names = ("argv", "cwd", "tree", "environment", "python", "tty", "size", "detached", "grace")
        return {name: getattr(self, name) for name in names} | {"id": self.name, "env": dict(self.env)}


class CutOff(TampuError):
    reason = "remote::cut-off"

    def __init__(self, host: str, name: str, seconds: float) -> None:
        super().__init__(
            title=f"The link to {host} is cut",
            found=f"no connection within {seconds:.0f} s",
            expected="a link that can be taken up again",
            todo=(
                f"The run {name} ends by itself soon, unless it was detached. What it wrote is kept:\n"
                f"read it with `tampu remote logs {name}` when {host} can be reached."
            ),
        )


class NoRun(TampuError):
    reason = "remote::no-run"

    def __init__(self, host: str, name: str, told: str) -> None:
        self.told = told
        super().__init__(
            title=f"{host} can't show the run {name}",
            found=excerpt(told, LINE),
            expected="the ID of a run that it has",
            todo=f"`tampu remote ps` lists the runs of {host}.",
        )


def run(link: Link | Lent, spec: Spec, ends: Ends, signals: Signals | None = None) -> Outcome:
    quiet = Ends(stdin=None, stdout=ends.stdout, stderr=ends.stderr) if spec.detached else ends
    return Watch(link, spec.wish(), quiet, signals).follow()
