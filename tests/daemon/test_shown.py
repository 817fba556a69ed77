from __future__ import annotations

import pytest

from tampu.daemon import shown

SPANS = (
    (0.4, "0 s"),
    (59.9, "59 s"),
    (60, "1 min"),
    (61, "1 min 1 s"),
    (3661, "1 h 1 min"),
    (90061, "1 d 1 h"),
    (172800, "2 d"),
)


@pytest.mark.parametrize(("seconds", "text"), SPANS)
def test_a_time_in_two_words(seconds: float, text: str) -> None:
    assert text == shown.span(seconds)
