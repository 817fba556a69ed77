from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.kit import error_classes, failures

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "errors.md"
REASON = re.compile(r"[a-z]+(-[a-z]+)*::[a-z]+(-[a-z]+)*")
ROW = re.compile(r"^\| `(?P<reason>[^`]+)` \| (?P<title>[^|]+) \| (?P<todo>[^|]+) \|$", re.MULTILINE)
WIDEST = 100
# Each is told as the error of what was run: a hook, an install, a Python, tampu's tools.
NEVER_TOLD = {"command::failed", "command::missing"}
REASONS = [reason for reason in error_classes.reasons() if reason not in NEVER_TOLD]


def text_of(reason: str) -> str:
    return (TESTS / failures.golden(reason)).read_text(encoding="utf-8")


def advice_of(reason: str) -> str:
    """What to do, which follows on what was found and what was expected."""
    return text_of(reason).rpartition("\nExpected:")[2].partition("\n\n")[2].rpartition("\n\n")[0]


def test_each_name_is_of_one_form_and_of_one_error() -> None:
    counted = Counter(error.reason for error in error_classes.classes())

    assert [] == [reason for reason in error_classes.reasons() if not REASON.fullmatch(reason)]
    assert {} == {reason: count for reason, count in counted.items() if count > 1}
    assert set() == set(counted) & set(error_classes.of_the_shell())


def test_each_error_has_an_app_that_ends_with_it() -> None:
    assert REASONS == failures.ids()


def test_each_error_has_a_text_and_each_text_an_error() -> None:
    stored = sorted(path.stem.replace("__", "::") for path in (TESTS / "messages").glob("*.txt"))

    assert REASONS == stored


@pytest.mark.parametrize("reason", REASONS)
def test_a_text_has_the_shape_of_all(reason: str) -> None:
    title, _, rest = text_of(reason).partition("\n\n")

    assert re.fullmatch(r"Error: [^\n]+[^.\n]", title)
    assert "Found:    " in rest
    assert rest.index("Found:    ") < rest.index("Expected: ")
    assert len(advice_of(reason)) > 20
    assert WIDEST >= max(map(len, text_of(reason).splitlines()))


@pytest.mark.parametrize("reason", REASONS)
def test_no_address_is_all_the_advice(reason: str) -> None:
    words = re.sub(r"\S+://\S+", "", advice_of(reason)).split()

    assert len(words) > 3


def test_the_page_of_errors_is_true() -> None:
    rows = {match["reason"]: match["title"] for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    told = {reason: text_of(reason).partition("\n")[0].removeprefix("Error: ") for reason in REASONS}

    assert REASONS == list(rows)
    assert {} == {reason: title for reason, title in rows.items() if not fits(title, told[reason])}


def fits(title: str, told: str) -> bool:
    """Whether the page's title, with … where the app's own words stand, is that of the text."""
    pattern = ".+".join(re.escape(part) for part in title.replace("`", "").split("…"))
    return re.fullmatch(pattern, told) is not None
