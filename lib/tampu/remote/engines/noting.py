"""What a runner elsewhere tells of a row: its streams go to files, and its end to whoever notes it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tampu.remote.rows.ledger import write_file
from tampu.remote.runs.watch import Outcome

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.rows.board import Board
    from tampu.remote.rows.ledger import Attempt


def noted(board: Board, attempt: Attempt, told: dict[str, Any]) -> Outcome | None:
    """None if it was lost."""
    if "fault" in told:
        board.lost(attempt, str(told["fault"]))
        return None
    for stream in ("out", "err"):
        write_file(board.place(attempt.row) / stream, base64.b64decode(told[stream]))
    known = {name: told[name] for name in ("code", "signal", "error", "lost") if name in told}
    return Outcome(name=told["run"], **known)
