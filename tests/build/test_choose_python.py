from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.build.choose_python import PythonChoice, choose
from tampu.errors import TampuError
from tampu.facts.python import Request

AVAILABLE = ("3.9.25", "3.12.9", "3.12.10", "3.13.0", "3.13.2", "3.14.1", "3.14.0")
ENDS = {
    "2.7": date(2020, 1, 1),
    "3.9": date(2025, 10, 31),
    "3.12": date(2028, 10, 31),
    "3.13": date(2029, 10, 31),
    "3.14": date(2030, 10, 31),
}
TODAY = date(2026, 1, 1)
WIDEST_LINE = 100
ORIGINS = ("runtime.txt", "uv.lock", "poetry.lock", "pyproject.toml's tool.poetry")


def asked(spec: str, text: str | None = None, origin: str = "runtime.txt") -> Request:
    return Request(spec=spec, origin=origin, text=spec if text is None else text)


def chosen(*requests: Request, last: str | None = None, default: str = "3.13", today: date = TODAY) -> PythonChoice:
    return choose(requests, last, default, AVAILABLE, ENDS, today)


def refused(request: Request, available: tuple[str, ...] = AVAILABLE) -> TampuError:
    with pytest.raises(TampuError) as caught:
        choose([request], None, "3.13", available, ENDS, TODAY)
    return caught.value


def names(choice: PythonChoice) -> list[str]:
    return [notice.name.removeprefix("python-version::") for notice in choice.notices]


def test_an_exact_version_is_taken() -> None:
    request = asked("==3.13.2", "python-3.13.2")

    expected = PythonChoice(version="3.13.2", because="runtime.txt asks for python-3.13.2", request=request, notices=())
    assert chosen(request) == expected


@pytest.mark.parametrize(
    ("spec", "expected", "because"),
    [
        ("==3.12.*", "3.12.10", ""),
        ("==3.14.*", "3.14.1", ""),
        (">=3.9", "3.13.2", ", and 3.13 is the default"),
        (">=3.9,<4", "3.13.2", ", and 3.13 is the default"),
        ("~=3.9", "3.13.2", ", and 3.13 is the default"),
        ("==3.*", "3.13.2", ", and 3.13 is the default"),
        (">=3.14", "3.14.1", ""),
        (">=3.9,!=3.13.*", "3.14.1", ""),
        (">=3.9,<3.15", "3.14.1", ""),
        (">=3.9,<3.13", "3.12.10", ""),
        ("==3.13", "3.13.0", ""),
    ],
)
def test_the_newest_is_taken_unless_the_range_is_open(spec: str, expected: str, because: str) -> None:
    choice = chosen(asked(spec, origin="pyproject.toml"))

    assert choice.version == expected
    assert choice.because == f"pyproject.toml asks for {spec}{because}"


def test_without_a_wish_the_series_of_the_last_build_stays() -> None:
    choice = chosen(last="3.12.9")

    assert choice.version == "3.12.10"
    assert choice.because == "the last build used 3.12.9, and no file asks for another"
    assert choice.notices == ()


@pytest.mark.parametrize("last", [None, "3.8.20", "", "nonsense"])
def test_without_a_wish_or_a_last_build_the_default_is_taken(last: str | None) -> None:
    choice = chosen(last=last)

    assert choice.version == "3.13.2"
    assert choice.because == "no file asks for a version, and 3.13 is the default"
    assert choice.request is None
    (notice,) = choice.notices
    assert notice.name == "python-version::unpinned"
    assert notice.text.endswith("\n\n    python-3.13")


def test_a_default_that_is_not_to_be_had_gives_way_to_the_newest() -> None:
    choice = chosen(default="3.11")

    assert choice.version == "3.14.1"
    assert choice.because == ("no file asks for a version, and 3.14 is the newest to be had; the default, 3.11, is not")


def test_the_first_wish_wins_and_who_disagrees_is_told() -> None:
    choice = chosen(
        asked("==3.12.*", "python-3.12"),
        asked(">=3.13", origin="pyproject.toml"),
        asked(">=3.9", origin="uv.lock"),
    )

    assert choice.version == "3.12.10"
    (notice,) = choice.notices
    assert notice.name == "python-version::disagree"
    assert notice.text == (
        "runtime.txt and pyproject.toml disagree about Python.\n"
        "runtime.txt asks for python-3.12\n"
        "pyproject.toml asks for >=3.13\n"
        "runtime.txt won: Python 3.12.10 is used. Make both say the same."
    )


def test_an_old_patch_is_told() -> None:
    choice = chosen(asked("==3.12.9", "python-3.12.9"))

    assert choice.version == "3.12.9"
    (notice,) = choice.notices
    assert notice.name == "python-version::outdated-patch"
    assert "Python 3.12.10 is out" in notice.text


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2028, 5, 3), []),
        (date(2028, 5, 4), ["near-end"]),
        (date(2028, 10, 31), ["near-end"]),
        (date(2028, 11, 1), ["past-end"]),
    ],
)
def test_the_end_of_a_series_is_told(today: date, expected: list[str]) -> None:
    assert names(chosen(asked("==3.12.*"), today=today)) == expected


def test_a_series_whose_end_nobody_knows_is_no_worry() -> None:
    assert choose([asked("==3.15.*")], None, "3.13", ["3.15.0"], ENDS, TODAY).notices == ()


def test_an_unknown_patch_lists_those_of_its_series() -> None:
    error = refused(asked("==3.12.99", "python-3.12.99"))

    assert error.reason == "python-version::unknown-patch"
    assert error.advice == (
        "Found:    runtime.txt asks for python-3.12.99\n"
        "Expected: a version of 3.12: 3.12.9, 3.12.10\n\n"
        "Write this in runtime.txt, commit it and build again:\n\n    python-3.12.10"
    )


def test_what_is_in_a_lock_is_mended_in_its_source() -> None:
    error = refused(asked("==3.12.99", 'python_full_version = "3.12.99"', origin="Pipfile.lock"))

    assert error.advice.endswith(
        'Write this in Pipfile, run `pipenv lock`, commit both and build again:\n\n    python_full_version = "3.12.10"'
    )


def test_an_unknown_series_lists_the_others() -> None:
    error = refused(asked("==3.16.*", "3.16", origin=".python-version"))

    assert error.reason == "python-version::unknown-series"
    assert error.advice == (
        "Found:    .python-version asks for 3.16\n"
        "Expected: one of the series 3.9, 3.12, 3.13, 3.14\n\n"
        "Write this in .python-version, commit it and build again:\n\n    3.13"
    )


def test_a_series_that_ended_is_told_with_its_date() -> None:
    error = refused(asked("==2.7.18", "v2.7.18", origin="dotcloud.yml"))

    assert error.reason == "python-version::unknown-series"
    assert "Python 2.7 ended on 2020-01-01" in error.advice
    assert "\n    python_version: v3.13\n" in error.advice


NEIGHBOURS = {
    # What is asked for: what there is beside 3.13, what is to be written, and what a mirror could have.
    ("==2.7.3", "python-2.7.3"): ((), "python-3.13", "2.7"),
    ("==2.6.*", "python-2.6"): (("2.7.18", "3.6.15"), "python-2.7", ""),
    ("==3.1.5", "python-3.1.5"): ((), "python-3.13", "3.6"),
    ("==3.2.0", "python-3.2.0"): (("3.9.2", "3.8.18"), "python-3.8", "3.6"),
    ("==3.3.2", "python-3.3.2"): (("3.9.2", "3.6.15", "2.7.18"), "python-3.6", ""),
    ("==3.5.9", "python-3.5.9"): (("3.5.9", "3.9.2"), "python-3.9", "3.6"),
    ("==3.7.*", "python-3.7"): (("3.6.15", "3.8.18", "3.9.2"), "python-3.8", "3.7"),
    ("==3.16.0", "python-3.16.0"): (("3.9.2",), "python-3.13", ""),
}


@pytest.mark.parametrize(("wished", "told"), NEIGHBOURS.items(), ids=[text for _, text in NEIGHBOURS])
def test_the_nearest_series_that_can_be_had_is_named(
    wished: tuple[str, str], told: tuple[tuple[str, ...], str, str]
) -> None:
    beside, literal, own = told

    error = refused(asked(*wished), ("3.13.1", *beside))

    assert error.reason == "python-version::unknown-series"
    assert f"\n\n    {literal}" in error.advice
    assert (f"bin/python_build {own} makes one." if own else "") == error.advice.partition("names: ")[2]


def test_a_patch_of_an_old_series_is_mended_by_the_one_there_is() -> None:
    error = refused(asked("==2.7.3", "python-2.7.3"), ("2.7.18", "3.13.1"))

    assert error.reason == "python-version::unknown-patch"
    assert error.advice.endswith("\n\n    python-2.7.18")


@pytest.mark.parametrize(
    ("request_", "literal"),
    [
        (asked(">=3.15", origin="uv.lock"), 'requires-python = ">=3.13"'),
        (asked(">=2.7,<3", origin="pyproject.toml"), 'requires-python = ">=3.13"'),
        (asked("==2.*", "python-2"), "python-3.13"),
        (asked("==2.*", "python-2.x"), "python-3.13"),
    ],
)
def test_a_range_that_nothing_matches(request_: Request, literal: str) -> None:
    error = refused(request_)

    assert error.reason == "python-version::no-match"
    assert "one of 3.9, 3.12, 3.13, 3.14" in error.advice
    assert error.advice.endswith(f"\n\n    {literal}")


@pytest.mark.parametrize("available", [(), ("newest", "3.13", "3.13.1rc1")])
def test_nothing_to_choose_from(available: tuple[str, ...]) -> None:
    assert refused(asked(">=3.9"), available).reason == "python-version::nothing-to-be-had"


versions = st.builds("3.{}.{}".format, st.integers(7, 16), st.integers(0, 30))
specs = st.one_of(
    versions.map("=={}".format),
    st.integers(7, 16).map("==3.{}.*".format),
    st.sampled_from(["==2.*", ">=3.9", ">=3.10,<3.12", "~=3.11", "<3", ">=3.17", "===3.12.4", "!=3.13.*"]),
)
requests_of_any_kind = st.builds(asked, specs, st.text(), st.sampled_from(ORIGINS))


def answer_to(requests: list[Request], last: str | None, available: list[str]) -> PythonChoice | TampuError:
    try:
        return choose(requests, last, "3.13", available, ENDS, TODAY)
    except TampuError as error:
        return error


@given(requests=st.lists(requests_of_any_kind, max_size=4), last=st.none() | versions, available=st.lists(versions))
def test_any_wishes_end_in_a_version_to_be_had_or_an_error(
    requests: list[Request], last: str | None, available: list[str]
) -> None:
    answer = answer_to(requests, last, available)

    if isinstance(answer, TampuError):
        assert answer.reason.startswith("python-version::")
        assert max(map(len, answer.as_text().splitlines())) <= WIDEST_LINE
    else:
        assert answer.version in available
        assert all(len(line) <= WIDEST_LINE for notice in answer.notices for line in notice.text.splitlines())
