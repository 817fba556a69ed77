"""Whichever process of a running app is killed: it heals, or ends whole and starts again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.kit import served
from tests.kit.load import Fate, under_load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.served import Served

ANSWERS = 60
# What ends sooner after its start has failed to start, says supervisord.
STARTED = 1.2
SOON = 0.01
NGINX, NGINX_WORKER, SERVER = "nginx: master", "nginx: worker", "uwsgi"
# What clients see of it; who has to ask anew sees nothing.
CASES: dict[str, tuple[Callable[[Served], list[int]], set[Fate]]] = {
    "a worker of nginx": (lambda up: up.pids(NGINX_WORKER)[-1:], {Fate.EMPTY, Fate.RESET, Fate.CUT}),
    "nginx": (lambda up: [up.master(NGINX)], set()),
    "all of nginx": (lambda up: up.pids("nginx:"), {Fate.EMPTY, Fate.RESET, Fate.CUT}),
    "all workers of the app": (lambda up: up.workers(SERVER), {Fate.STATUS}),
    "nginx and the app's server": (lambda up: [up.master(NGINX), up.master(SERVER)], {Fate.STATUS}),
    "all but supervisord": (
        lambda up: [pid for pid in up.processes() if pid != up.supervisor],
        {Fate.EMPTY, Fate.RESET, Fate.CUT},
    ),
}


@pytest.fixture(scope="module")
def up(running_app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served.serve(running_app, tmp_path_factory.mktemp("kills")) as up:
        up.until_answers()
        yield up


@pytest.mark.parametrize("case", CASES)
def test_it_heals(case: str, up: Served) -> None:
    choose, expected = CASES[case]
    time.sleep(STARTED)
    before = len(up.processes())
    with under_load(up.port) as load:
        load.wait_for(ANSWERS)
        killed = choose(up)
        kill(killed)
        until(lambda: len(up.processes()) == before and not {*killed}.intersection(up.processes()), up)
        load.wait_for(ANSWERS)
        healed = time.monotonic()
        load.wait_for(ANSWERS)

    assert {loss.fate for loss in load.losses} <= expected, [str(loss) for loss in load.losses]
    assert [] == [str(loss) for loss in load.losses if loss.at > healed]
    assert len(load.losses) <= load.closing + load.keeping
    assert 0 == load.fates[Fate.REFUSED]


@pytest.mark.parametrize("others", [(), (NGINX,), (SERVER,), ("",)], ids=["alone", "nginx", "server", "all"])
def test_without_supervisord_all_ends_and_a_new_start_works(
    others: tuple[str, ...], running_app: Path, tmp_path: Path
) -> None:
    with served.serve(running_app, tmp_path) as up:
        up.until_answers()
        before = up.processes()
        killed = [pid for words in others for pid in up.pids(words)[: 1 if words else None]]
        kill([up.supervisor, *killed])
        assert -signal.SIGKILL == up.ended()
        if NGINX not in others:
            until(lambda: not up.processes(), up)
        with served.serve(running_app, tmp_path, port=up.port) as again:
            again.until_answers()
            until(lambda: not {*before}.intersection(up.processes()), up)
            again.tell(signal.SIGTERM)

            assert 0 == again.ended(), again.said()


def kill(pids: list[int]) -> None:
    for pid in pids:
        # One may have taken another one with it.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def until(there: Callable[[], bool], up: Served) -> None:
    end = time.monotonic() + served.PATIENCE
    while not there():
        assert time.monotonic() < end, f"{up.processes()}\n{up.said()}"
        time.sleep(SOON)
