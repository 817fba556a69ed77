"""A clock that jumps while an app runs: nobody notices."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import served
from tests.kit.clock import Clock
from tests.kit.load import under_load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.served import Served

ANSWERS = 60
STARTED = 1.2
HOUR = 3600
# Of a wait that an hour more would be seen in.
SOON = 60


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_a_jump(seconds: int, running_app: Path, tmp_path: Path) -> None:
    clock = Clock.make(tmp_path)
    with served.serve(running_app, tmp_path / "run", clock.environ) as up, under_load(up.port) as load:
        up.until_answers()
        time.sleep(STARTED)
        clock.jump(seconds)
        load.wait_for(ANSWERS)
        killed = up.master("nginx: master")
        os.kill(killed, signal.SIGKILL)
        load.wait_for(ANSWERS, SOON)
        # The next one has failed to start, as supervisord sees it, and has to wait for its turn.
        os.kill(next_one(up, killed), signal.SIGKILL)
        load.wait_for(ANSWERS, SOON)
        told = time.monotonic()
        up.tell(signal.SIGTERM)
        code = up.ended()

    assert (0, []) == (code, [str(loss) for loss in load.losses]), up.said()
    assert time.monotonic() - told < SOON


def next_one(up: Served, killed: int) -> int:
    end = time.monotonic() + SOON
    while not (found := [pid for pid in up.pids("nginx: master") if pid != killed]):
        assert time.monotonic() < end, up.said()
        time.sleep(0.01)
    return found[0]
