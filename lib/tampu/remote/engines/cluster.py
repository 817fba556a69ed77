"""What the members of a Dask cluster share here: who runs which row, and what they are told of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu.remote.engines.noting import noted
from tampu.values import replace

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.engines import Setting
    from tampu.remote.engines.porter import Porter
    from tampu.remote.rows.board import Board
    from tampu.remote.rows.ledger import Attempt
    from tampu.remote.runs.running import Spec

NAME = "dask"
# So long a run waits whose worker was killed.
GRACE = 2.0


class Cluster:
    """What its posts share: where the scheduler is, what was handed out, and who fetches results where."""

    def __init__(self, board: Board, setting: Setting, retries: int) -> None:
        self.board = board
        self.setting = setting
        self.told: dict[str, Any] = {"address": setting.scheduler} if setting.scheduler else {}
        self.retries = retries
        self.given: dict[str, Attempt] = {}
        self.porters: dict[str, Porter] = {}
        self.specs: dict[str, Spec] = {}
        self.unsettled: set[str] = set()

    @property
    def settled(self) -> bool:
        """Workers that are not ours may be given a row at once, so what it needs is everywhere before that."""
        return not (self.setting.scheduler and self.unsettled)

    def task(self, attempt: Attempt, spec: Spec, store: str) -> bytes:
        self.given[attempt.run] = attempt
        words = self.board.rules.rows[attempt.row]
        wish = replace(spec, argv=(*spec.argv, *words), name=attempt.run, grace=GRACE).wish()
        told = {"key": attempt.run, "run": wish, "store": store, "forget": bool(self.setting.scheduler)}
        told["fits"] = [fit(each) for each in list(self.specs.values())]
        return json.dumps(told).encode() + b"\n"

    def take(self, told: dict[str, Any]) -> None:
        """A row's result, or why there is none."""
        found = self.given.pop(told["key"], None)
        if found is None:
            return
        attempt = replace(found, host=told.get("worker", NAME))
        outcome = noted(self.board, attempt, told)
        if outcome is None:
            return
        porter = self.porters.get(attempt.host)
        seconds = float(told["seconds"])
        if porter and not self.setting.scheduler:
            porter.take(attempt, outcome, seconds)
        else:
            self.board.ended(attempt, outcome, seconds)

    def drop(self) -> None:
        for key in list(self.given):
            self.take({"key": key, "fault": "the cluster has ended"})


def fit(spec: Spec) -> dict[str, str]:
    """What of it another host may have otherwise."""
    return {"tree": spec.tree, "environment": spec.environment, "python": spec.python}
