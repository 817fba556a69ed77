from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from tampu.paste.workers.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def waiting(door: threading.Event) -> Callable[[], None]:
    def wait() -> None:
        door.wait(PATIENCE)

    return wait


def since(before: list[threading.Thread]) -> list[threading.Thread]:
    """Those of tests that are over may go at any time."""
    return [each for each in threading.enumerate() if each not in before]


def test_there_are_as_many_as_there_is_to_do_and_no_more() -> None:
    freed, door, inside = threading.Event(), threading.Event(), threading.Semaphore(0)
    crew = Crew(3, 1, 1, freed.set)

    def wait() -> None:
        inside.release()
        door.wait(PATIENCE)

    for _ in range(3):
        assert not crew.full
        crew.begin(wait)
    for _ in range(3):
        assert inside.acquire(timeout=PATIENCE)
    assert crew.full
    assert not freed.is_set()
    door.set()
    crew.rest(time.monotonic() + PATIENCE)

    assert freed.wait(PATIENCE)
    assert not crew.busy


def test_surplus_goes_when_there_is_less_to_do() -> None:
    door = threading.Event()
    crew = Crew(20, 0, 2, lambda: None)
    before = threading.enumerate()
    for _ in range(10):
        crew.begin(waiting(door))
    assert 10 == len(since(before))
    door.set()

    until(lambda: len(since(before)) <= 2)


def test_nobody_waits_for_ever_for_the_last_one() -> None:
    door = threading.Event()
    crew = Crew(1, 0, 1, lambda: None)
    crew.begin(waiting(door))

    crew.rest(time.monotonic() + 0.05)

    assert crew.busy
    door.set()
