from __future__ import annotations

import pytest

from tampu.platforms.up_port import BadPort, Port, PortTaken, choose


def taken(*numbers: int) -> dict[int, str]:
    return dict.fromkeys(numbers, "Address already in use")


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        (None, {}, Port(number=8000)),
        (None, {"PORT": ""}, Port(number=8000)),
        (None, {"PORT": "8080"}, Port(number=8080)),
        ("9000", {"PORT": "8080"}, Port(number=9000)),
    ],
)
def test_the_option_counts_before_the_variable(option: str | None, environ: dict[str, str], expected: Port) -> None:
    assert expected == choose(option, environ, lambda _: "")


def test_the_next_free_one() -> None:
    assert Port(number=8002, instead=8000) == choose(None, {}, lambda port: taken(8000, 8001).get(port, ""))


@pytest.mark.parametrize(("option", "environ"), [("8080", {}), (None, {"PORT": "8080"})])
def test_one_that_was_asked_for_and_is_taken(option: str | None, environ: dict[str, str]) -> None:
    with pytest.raises(PortTaken, match=r"127\.0\.0\.1:8080"):
        choose(option, environ, lambda port: taken(8080).get(port, ""))


def test_none_at_all() -> None:
    with pytest.raises(PortTaken, match="8000"):
        choose(None, {}, lambda _: "Address already in use")


@pytest.mark.parametrize("text", ["http", "", "0", "65536", "-1", "8 0", "٨٠٨٠", "9" * 5000])
def test_no_port(text: str) -> None:
    with pytest.raises(BadPort):
        choose(text, {}, lambda _: "")
