"""What a full run of tests/fuzz is worth: the same cases each time, all of them, and each fault once."""

from __future__ import annotations

import pytest

from tests.kit import quick


def drawn(cases: int) -> list[object]:
    seen: list[object] = []

    @quick.given(text=quick.text(max_size=5), number=quick.integers(0, 9) | quick.none(), more=quick.data())
    def test(text: str, number: int | None, more: quick.DataObject) -> None:
        seen.append((text, number, more.draw(quick.lists(quick.booleans(), min_size=1, max_size=3))))

    quick.every_case(test, cases)()
    return seen


def test_cases_are_the_same_each_time_and_differ_from_each_other() -> None:
    assert drawn(200) == drawn(200)
    assert drawn(100) == drawn(200)[:100]
    assert len({str(each) for each in drawn(200)}) > 150


def test_a_fault_is_told_with_its_case_and_ends_nothing() -> None:
    seen: list[int] = []

    @quick.given(number=quick.integers(0, 9))
    def test(name: str, number: int) -> None:
        seen.append(number)
        assert number != 3, name

    with pytest.raises(AssertionError, match=r"TAMPU_SEED=0 TAMPU_CASE=\d+: \{'number': 3\}") as caught:
        quick.every_case(test, 100)(name="a reader")
    assert 100 == len(seen)
    assert 1 == str(caught.value).count("TAMPU_CASE")
