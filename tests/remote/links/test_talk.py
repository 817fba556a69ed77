"""How long a link may be silent."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NoReturn

import pytest

from tampu.remote.links.talk import Cut, Talk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.remote.links.talk import Ends

PATIENCE = 0.5
A_MOMENT = 0.05


class Impatient(Talk):
    """It waits no longer than that for a word."""

    def __init__(self, ends: Ends) -> None:
        super().__init__("far")
        self._begin(ends, PATIENCE)


@pytest.fixture
def talk() -> Iterator[Talk]:
    """With a host that says nothing."""
    theirs, stdin = os.pipe()
    (stdout, out), (stderr, err) = os.pipe(), os.pipe()
    made = Impatient((stdin, stdout, stderr))
    yield made
    made.close()
    for end in (theirs, out, err):
        os.close(end)


def _listen(talk: Talk) -> NoReturn:
    while True:
        talk.wait(seconds=A_MOMENT)


def test_a_host_that_says_nothing_is_given_up(talk: Talk) -> None:
    began = time.monotonic()

    with pytest.raises(Cut):
        _listen(talk)

    assert time.monotonic() - began >= PATIENCE


def test_who_stood_still_has_waited_for_no_answer(talk: Talk) -> None:
    time.sleep(2 * PATIENCE)

    assert [] == talk.wait(seconds=A_MOMENT)
