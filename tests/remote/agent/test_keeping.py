"""What an agent does beside, before and after: who makes a tree next, what stays of runs, answers while it works."""

from __future__ import annotations

import collections
import fcntl
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.agent.cleaning import collecting, emptied, half_made
from tampu.remote.agent.holding import held, inside
from tampu.remote.agent.places import TREES, Store, note
from tampu.remote.agent.supervisor import Supervisor
from tampu.remote.links.wire import Kind, frame, said
from tests.kit import stored
from tests.kit.agents import CHANNEL, Agent, Nursery

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60
A_DAY = 24 * 3600
KEPT = 100
MORE = 7
LARGE = 1 << 28
MANY = 20_000
# Longer than is waited for what is just about to end.
STANDSTILL = 2.5


@pytest.fixture(scope="module")
def nurseries() -> Iterator[tuple[Nursery, Nursery]]:
    with Nursery() as one, Nursery() as other:
        yield one, other


def test_who_is_killed_at_it_has_one_successor(nurseries: tuple[Nursery, Nursery], tmp_path: Path) -> None:
    tree = stored.code(tmp_path / "code", {"main.py": b"1\n", "other.py": b"2\n"})
    asked = {"kind": tree.kind, "id": tree.id}
    with Agent(nurseries[1], tmp_path) as second:
        with Agent(nurseries[0], tmp_path) as first:
            assert (Kind.HAS, {"ready": False}) == first.ask(Kind.WANT, **asked)
            assert Kind.LACKS == first.ask(Kind.TREE, **tree.told())[0]
            second.ask_only(Kind.WANT, **asked)
            # As long as the first one lives, it is told no more than that.
            assert [Kind.WAIT] == second.kinds_until(Kind.WAIT)
            first.kill()
        assert -9 == first.ended
        assert Kind.HAS == second.kinds_until(Kind.HAS)[-1]
        assert {"ready": False} == second.last
        assert [] == [path for path in (tmp_path / ".tampu" / "trees").iterdir() if path.name == tree.id]
        assert {"ready": True} == second.bring_on(tree)
    with Agent(nurseries[0], tmp_path) as third:
        assert (Kind.HAS, {"ready": True}) == third.ask(Kind.WANT, **asked)


def test_what_came_to_its_end_while_the_store_was_swept_is_known_ever_after(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    os.close(inside(store))
    for name in ("one", "other"):
        (tmp_path / "store" / TREES / f".{name}.1").mkdir()
        note(store.lock(TREES, name) + ".told", {"size": 1})
    steps = half_made(store)
    next(steps)
    free = {name: held(store.lock(TREES, name), fcntl.LOCK_EX) for name in ("one", "other")}
    (came,) = (name for name, hold in free.items() if hold >= 0)
    (tmp_path / "store" / TREES / f".{came}.1").rename(store.place(TREES, came))
    os.close(free[came])
    collections.deque(steps, 0)

    assert [came] == [path.name for path in (tmp_path / "store" / TREES).iterdir()]
    assert [f"{TREES}-{came}", f"{TREES}-{came}.told"] == sorted(path.name for path in Path(store.locks).iterdir())


def test_where_nothing_is_kept_nothing_is_made_to_be_swept(tmp_path: Path) -> None:
    assert [] == list(collecting(Store(str(tmp_path / "store")), 0))
    assert [] == list(tmp_path.iterdir())


def test_a_store_goes_though_the_machine_stood_still_meanwhile(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    somebody = inside(store)
    steps = emptied(store)
    next(steps)

    time.sleep(STANDSTILL)
    next(steps)
    os.close(somebody)
    collections.deque(steps, 0)

    assert [] == list(tmp_path.iterdir())


class Waiting(Supervisor):
    """For the end of a program that was asked to end."""

    def left_after(self, seconds: float) -> float:
        self.left = 1.0
        time.sleep(seconds)
        self._count_down()
        return self.left


def test_a_program_has_time_to_end_though_the_machine_stood_still_meanwhile() -> None:
    assert 0.5 < Waiting({}).left_after(1.5) < 1.0


def test_the_last_runs_stay_and_their_work_for_a_day(nurseries: tuple[Nursery, Nursery], tmp_path: Path) -> None:
    runs = tmp_path / ".tampu" / "runs"
    now = time.time()
    names = [f"run{number:03}" for number in range(KEPT + MORE)]
    with Agent(nurseries[0], tmp_path) as agent:
        agent.ask(Kind.USED)
        for age, name in enumerate(reversed(names)):
            (runs / name / "work").mkdir(parents=True)
            (runs / name / "exit").write_text(json.dumps({"exit": 0}), encoding="utf-8")
            # The three last ones are of today.
            ended = now - age - (A_DAY if age > 2 else 0)
            os.utime(runs / name / "exit", (ended, ended))
        assert {"ready": True} == agent.bring(stored.code(tmp_path / "code", {"main.py": b"1\n"}))
        began = time.monotonic()
        while len(list(runs.glob("*/work"))) > 3:
            assert time.monotonic() - began < PATIENCE
            agent.ask(Kind.USED)

        assert names[MORE:] == sorted(path.name for path in runs.iterdir())
        assert names[-3:] == sorted(path.parent.name for path in runs.glob("*/work"))


def test_it_answers_while_it_works(nurseries: tuple[Nursery, Nursery], tmp_path: Path) -> None:
    with Agent(nurseries[0], tmp_path) as agent:
        agent.ask(Kind.USED)
        work = tmp_path / ".tampu" / "runs" / "run1" / "work"
        work.mkdir(parents=True)
        with (work / "large").open("wb") as file:
            file.truncate(LARGE)
        # As one: who asks may stand still between two.
        agent.say(said(Kind.CHANGED, CHANNEL, id="run1") + frame(Kind.PING))
        assert [Kind.PONG, Kind.CHANGED] == agent.kinds_until(Kind.CHANGED)

        sha = "ab" * 32
        items = {f"{number // 100}/{number}": [sha, 1, False] for number in range(MANY)}
        agent.ask(Kind.WANT, kind="trees", id="f00")
        agent.say(said(Kind.TREE, CHANNEL, items=items, folders=[], notes={}) + frame(Kind.PING))
        assert [Kind.PONG, Kind.LACKS] == agent.kinds_until(Kind.LACKS)
