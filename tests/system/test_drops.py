"""No request is lost: not at a cold start, not in a reload, not when something dies, not at the end."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds, served
from tests.kit.load import Fate, under_load
from tests.system.echo import APPS, SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.load import Load
    from tests.kit.served import Served

TIMES = int(os.environ.get("TAMPU_DROPS", "3"))
ANSWERS = 60
# Between two knocks of one who came before the door was there.
EARLY = 0.003
SETTLED = 0.3
# What ends sooner after its start has failed to start, says supervisord.
STARTED = 1.2


@pytest.fixture(scope="module", params=sorted(APPS))
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(scope="module")
def app(kind: str, tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path) -> Path:
    place = tmp_path_factory.mktemp(f"drops-{kind}")
    platform = builds.Platform.make(place / "platform", mirror, index, seed)
    app = builds.write_app(place / "app", APPS[kind])
    platform.compile(app)
    return app


@pytest.fixture
def up(app: Path, tmp_path: Path) -> Iterator[Served]:
    """It runs, and has answered."""
    with served.serve(app, tmp_path / "run") as up:
        up.until_answers()
        yield up


def server(up: Served, kind: str) -> int:
    return up.master(SERVERS[kind])


def hang_up(up: Served, kind: str) -> None:
    os.kill(server(up, kind), signal.SIGHUP)


def touch(up: Served, kind: str) -> None:  # noqa: ARG001 - as all that happens here
    (up.run / "reload").touch()


def kill_a_worker(up: Served, kind: str) -> None:
    os.kill(up.workers(SERVERS[kind])[-1], signal.SIGKILL)


def kill_the_server(up: Served, kind: str) -> None:
    time.sleep(STARTED)
    os.kill(server(up, kind), signal.SIGKILL)


def reload_nginx(up: Served, kind: str) -> None:  # noqa: ARG001 - as all that happens here
    os.kill(up.master("nginx: master"), signal.SIGHUP)


def kill_an_nginx_worker(up: Served, kind: str) -> None:  # noqa: ARG001 - as all that happens here
    os.kill(up.pids("nginx: worker")[-1], signal.SIGKILL)


EVENTS: tuple[Callable[[Served, str], None], ...] = (hang_up, touch, kill_a_worker, kill_the_server, reload_nginx)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_whatever_happens_every_request_is_answered(
    event: Callable[[Served, str], None], kind: str, up: Served
) -> None:
    with under_load(up.port) as load:
        for _ in range(TIMES):
            load.wait_for(ANSWERS)
            before = up.processes()
            event(up, kind)
            until(lambda: up.processes() != before)  # noqa: B023 - asked at once
            settle(up)
            load.wait_for(ANSWERS)
    told(event.__name__, kind, load)

    assert [] == [str(loss) for loss in load.losses]
    assert 0 == load.fates[Fate.REFUSED]


def test_who_comes_too_early_is_refused_or_waits(kind: str, app: Path, tmp_path: Path) -> None:
    for number in range(TIMES):
        place = tmp_path / str(number)
        with served.serve(app, place) as up, under_load(up.port, pause=EARLY) as load:
            up.until_answers()
            load.wait_for(ANSWERS)
        told("cold start", kind, load)

        assert [] == [str(loss) for loss in load.losses], up.said()


def test_at_the_end_all_that_was_taken_is_answered(kind: str, app: Path, tmp_path: Path) -> None:
    for number in range(TIMES):
        with served.serve(app, tmp_path / str(number)) as up, under_load(up.port) as load:
            up.until_answers()
            load.wait_for(ANSWERS)
            started = time.monotonic()
            up.tell(signal.SIGTERM)
            code = up.ended()
            seconds = time.monotonic() - started
            left = up.processes()
        told(f"SIGTERM, {seconds:.2f} s", kind, load)

        assert [] == [str(loss) for loss in load.losses], up.said()
        assert (0, []) == (code, left)


def until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + served.PATIENCE
    while not there():
        assert time.monotonic() < end
        time.sleep(EARLY)


def settle(up: Served) -> None:
    """Until nobody comes or goes any more."""
    before = None
    while before != up.processes():
        before = up.processes()
        time.sleep(SETTLED)


def told(what: str, kind: str, load: Load) -> None:
    print(f"{kind}, {what}: {load.told()}, slowest {load.slowest:.2f} s")  # noqa: T201 - pytest shows it with -s
