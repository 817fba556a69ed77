"""A request that eats memory: others are answered."""

from __future__ import annotations

import resource
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import memory, served
from tests.kit.load import under_load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.served import Served

ANSWERS = 60
WORKERS = 2
SOON = 0.01
MIB = 1 << 20
ROOM, MEAL = 128 * MIB, 300


@pytest.fixture(scope="module")
def up(running_app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served.serve(running_app, tmp_path_factory.mktemp("memory")) as up:
        up.until_answers()
        yield up


def all_workers(up: Served) -> list[int]:
    """Once one that was killed has a successor."""
    end = time.monotonic() + served.PATIENCE
    while len(found := up.workers("uwsgi")) < WORKERS:
        assert time.monotonic() < end, up.said()
        time.sleep(SOON)
    return found


def eat(up: Served) -> bytes:
    """Asked for by a POST, which nobody repeats."""
    address = f"http://127.0.0.1:{up.port}/eat?{MEAL}"
    argv = ("curl", "-s", "-m", "60", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", address)
    return subprocess.run(argv, capture_output=True, check=True).stdout


def test_who_takes_more_than_all_may_have_together_is_killed(up: Served) -> None:
    workers = all_workers(up)
    with memory.limited(up.processes(), ROOM), under_load(up.port) as load:
        load.wait_for(ANSWERS)
        code = eat(up)
        load.wait_for(ANSWERS)

    assert (b"502", []) == (code, [str(loss) for loss in load.losses]), up.said()
    assert 1 == len({*workers}.difference(all_workers(up)))


def test_who_takes_more_than_each_may_have_gets_an_exception(up: Served) -> None:
    workers = all_workers(up)
    for pid in workers:
        used = int((served.PROC / str(pid) / "statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (used + ROOM, used + ROOM))
    with under_load(up.port) as load:
        load.wait_for(ANSWERS)
        code = eat(up)
        load.wait_for(ANSWERS)

    assert (b"502", []) == (code, [str(loss) for loss in load.losses]), up.said()
    assert workers == up.workers("uwsgi")
    assert "app stderr | MemoryError" in up.said()
