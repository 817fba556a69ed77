from __future__ import annotations

import time

import pytest

from tampu.service.keeper import TRIAL, DidNotStart, Mode, State, await_up


class StandsStill:
    """A keeper on a machine that does so once, for longer than a trial; what it keeps ends as soon as it may go on."""

    def __init__(self) -> None:
        self.looks = 0

    def state(self, _: str) -> State:
        self.looks += 1
        if self.looks == 2:
            time.sleep(TRIAL * 1.1)
        return State(mode=Mode.RUNNING, pid=7) if self.looks <= 2 else State(mode=Mode.FAILED)

    def last_lines(self, _: str) -> tuple[str, ...]:
        return ("no database",)

    def stop(self, _: str) -> None:
        """Nothing is left to be stopped."""


def test_what_had_no_time_to_fail_is_not_up_yet() -> None:
    with pytest.raises(DidNotStart, match="shop did not start"):
        await_up(StandsStill(), "shop")  # type: ignore[arg-type]
