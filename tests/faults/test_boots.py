"""An app that is told to stop at any instant of its start ends soon, leaves nothing, and starts again."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

from tests.kit import builds, served

if TYPE_CHECKING:
    from pathlib import Path

STOPS = int(os.environ.get("TAMPU_STOPS", "6"))
ENDS = {0, -signal.SIGTERM, 128 + signal.SIGTERM}
# A start finds these, and takes or makes them anew.
REUSED = {"app", "nginx.conf", "nginx.socket", "ready", "tmp"}


def test_stopped_at_random_instants_of_its_start(running_app: Path, tmp_path: Path) -> None:
    seed = int(os.environ.get("TAMPU_STOP_SEED") or random.SystemRandom().randrange(10**9))
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    port = served.free_port()
    with served.serve(running_app, tmp_path, port=port) as up:
        whole = up.until_answers()
        up.tell(signal.SIGTERM)
        assert 0 == up.ended()

    for moment in [chance.uniform(0, whole * 1.2) for _ in range(STOPS)]:
        with served.serve(running_app, tmp_path, port=port) as up:
            time.sleep(moment)
            up.tell(signal.SIGTERM)
            code = up.ended()
            left = up.left()
            lying = builds.names(up.run) - REUSED if code == 0 and up.run.exists() else set()

        assert (True, [], set()) == (code in ENDS, left, lying), f"TAMPU_STOP_SEED={seed} at {moment}: {up.said()}"
    # Whom SIGTERM met before it could do something about it has left more: the next start has taken it away.
    with served.serve(running_app, tmp_path, port=port) as again:
        again.until_answers()
        again.tell(signal.SIGTERM)
        assert 0 == again.ended()
        left_over = builds.names(again.run)

    assert left_over <= REUSED
