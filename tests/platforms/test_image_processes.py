from __future__ import annotations

import pytest

from tampu.platforms.image_processes import NothingToStart, lasting, refuse_nothing
from tests.platforms.test_up_launch import plan


def test_the_one_that_answers_comes_first_and_a_release_ends() -> None:
    assert ("web", "clock", "worker") == lasting(plan({"clock": "a", "release": "b", "worker": "c", "web": "d"}))


@pytest.mark.parametrize("processes", [{}, {"release": "python migrate.py"}], ids=str)
def test_an_app_without_any(processes: dict[str, str]) -> None:
    with pytest.raises(NothingToStart):
        refuse_nothing(plan(processes))
