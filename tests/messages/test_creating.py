"""What is read of new projects where nobody can be called to at the right instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.create import carry
from tampu.create.plan import Change, Fate, Plan
from tampu.world.questions import NoAnswer, Nobody
from tests.kit import failures

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.errors import TampuError
    from tests.kit.golden import Golden


def plan(folder: Path) -> Plan:
    return Plan(folder=folder, fresh=True, changes=(Change(path="a", fate=Fate.NEW),))


def check(golden: Golden, error: TampuError, place: Path) -> None:
    golden.check(failures.golden(error.reason), error.as_text().replace(str(place), "<tmp>"))


def test_somebody_else_is_at_it(tmp_path: Path, golden: Golden) -> None:
    beside = tmp_path / ".shop.tampu-new"
    beside.mkdir()
    with carry.alone(beside, beside), pytest.raises(carry.Busy) as caught:
        carry.carry_out(plan(tmp_path / "shop"))

    check(golden, caught.value, tmp_path)


def test_somebody_else_was_faster(tmp_path: Path, golden: Golden) -> None:
    (tmp_path / "shop").mkdir()
    with pytest.raises(carry.CameMeanwhile) as caught:
        carry.carry_out(plan(tmp_path / "shop"))

    check(golden, caught.value, tmp_path)


def test_nobody_answers(tmp_path: Path, golden: Golden) -> None:
    with pytest.raises(NoAnswer) as caught:
        Nobody().ask("Colour of its door [red]: ")

    check(golden, caught.value, tmp_path)
