"""A disk for what changes while an app runs that is full, or that nothing can be written to, at its start or later."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import disk, served
from tests.kit.load import under_load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.served import Served

SIZE = "3m"
ANSWERS = 60
STARTED = 1.2
# What nginx holds in memory of what a client sends, and what it doesn't.
SMALL, LARGE = 10_000, 100_000
# What the log's last one may have room for.
PAGE = 4096
REFUSED = "The folder for what changes while the app runs can't be made"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with disk.tiny(tmp_path / "disk", SIZE) as place:
        yield place


def send(up: Served, size: int) -> tuple[str, str]:
    argv = ("curl", "-s", "-m", "60", "-w", " %{http_code}", "--data-binary", "@-", f"http://127.0.0.1:{up.port}/taken")
    body, _, code = subprocess.run(argv, input=b"x" * size, capture_output=True, check=True).stdout.rpartition(b" ")
    return code.decode(), body.decode() if code == b"200" else ""


def ends_well(up: Served) -> bool:
    up.tell(signal.SIGTERM)
    return up.ended() == 0 and not up.processes()


def test_full_while_it_runs_with_its_log_on_it(running_app: Path, place: Path) -> None:
    with served.serve(running_app, place) as up:
        up.until_answers()
        with disk.full(place):
            time.sleep(STARTED)
            length = len(up.said())
            with under_load(up.port) as load:
                load.wait_for(ANSWERS)
                # What dies can be started again.
                for words in ("uwsgi", "nginx: master"):
                    os.kill(up.master(words), signal.SIGKILL)
                    load.wait_for(ANSWERS)
            small, large = send(up, SMALL), send(up, LARGE)
            assert len(up.said()) < length + PAGE
        freed = send(up, LARGE)

        assert [] == [str(loss) for loss in load.losses]
        assert [("200", str(SMALL)), ("500", ""), ("200", str(LARGE))] == [small, large, freed]
        assert ends_well(up)
        assert "supervisord | stopped: app" in up.said()


def test_read_only_while_it_runs(running_app: Path, place: Path, tmp_path: Path) -> None:
    with served.serve(running_app, place, log=tmp_path / "log") as up:
        up.until_answers()
        with disk.read_only(place):
            with under_load(up.port) as load:
                load.wait_for(ANSWERS)
            small, large = send(up, SMALL), send(up, LARGE)
        freed = send(up, LARGE)

        assert [] == [str(loss) for loss in load.losses]
        assert [("200", str(SMALL)), ("500", ""), ("200", str(LARGE))] == [small, large, freed]
        assert ends_well(up)


@pytest.mark.parametrize(
    ("fault", "why"), [(disk.full, "No space left on device"), (disk.read_only, "Read-only file system")]
)
def test_so_at_the_start(fault: object, why: str, running_app: Path, place: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with fault(place), served.serve(running_app, place, log=log) as up:  # type: ignore[operator]
        code = up.ended()
        said = up.said()
    with served.serve(running_app, place, port=up.port, log=log) as again:
        again.until_answers()

        assert ends_well(again)
    assert (1, True, True) == (code, REFUSED in said, why in said), said
    assert "Traceback" not in said
