from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tampu.create import moves
from tampu.create.merge import merge

if TYPE_CHECKING:
    from pathlib import Path

LINES = some.lists(some.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"d"]), max_size=8).map(b"".join)
# Each line of a text once, some of them left out, changed, or with another behind it: there is one right answer.
EDITS = some.lists(some.sampled_from(["keep", "keep", "keep", "drop", "change", "add"]), min_size=12, max_size=12)


@given(old=LINES, new=LINES)
def test_who_has_changed_nothing_gets_what_the_other_has(old: bytes, new: bytes) -> None:
    assert [(new, 0)] * 3 == [
        (found.data, found.conflicts)
        for found in (merge(old, new, old, "x"), merge(old, old, new, "x"), merge(old, new, new, "x"))
    ]


@given(old=LINES, mine=LINES, new=LINES)
def test_nothing_is_lost_and_both_are_treated_alike(old: bytes, mine: bytes, new: bytes) -> None:
    found, other = merge(old, mine, new, "x"), merge(old, new, mine, "x")

    assert (found.conflicts, found.conflicts == 0 or b"<<<<<<< yours\n" in found.data) == (other.conflicts, True)
    if not found.conflicts:
        assert found.data == other.data


@given(old=LINES, mine=LINES, new=LINES)
def test_each_line_that_somebody_has_written_is_there(old: bytes, mine: bytes, new: bytes) -> None:
    written = {*mine.splitlines(), *new.splitlines()} - {*old.splitlines()}

    assert written <= {*merge(old, mine, new, "x").data.splitlines()}


@given(mine=EDITS, new=EDITS)
def test_it_agrees_with_git(mine: list[str], new: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    texts = (_edited(["keep"] * 12, ""), _edited(mine, "mine"), _edited(new, "new"))
    found = merge(*texts, label="x")

    code, theirs = _git(texts, tmp_path_factory.mktemp("merge"))
    if not code and not found.conflicts:
        assert theirs == found.data


def _edited(edits: list[str], mark: str) -> bytes:
    forms = {"keep": "{0}\n", "drop": "", "change": "{0} {1}\n", "add": "{0}\n{0} {1} more\n"}
    return "".join(forms[edit].format(number, mark) for number, edit in enumerate(edits)).encode()


def _git(texts: tuple[bytes, bytes, bytes], place: Path) -> tuple[int, bytes]:
    for name, text in zip(("old", "mine", "new"), texts, strict=True):
        (place / name).write_bytes(text)
    done = subprocess.run(
        ("git", "merge-file", "-p", "mine", "old", "new"), cwd=place, capture_output=True, check=False
    )
    return done.returncode, done.stdout


def test_marks_have_lines_of_their_own() -> None:
    found = merge(b"a", b"b", b"c", "shop")

    assert b"<<<<<<< yours\nb\n=======\nc\n>>>>>>> shop\n" == found.data


def test_what_both_have_added_stands_outside_of_the_marks() -> None:
    found = merge(b"", b"same\nmine\nend\n", b"same\ntheirs\nend\n", "shop")

    assert b"same\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> shop\nend\n" == found.data


@pytest.mark.parametrize(
    ("gone", "came", "expected"),
    [
        ({"a": b"1\n2\n3\n"}, {"b": b"1\n2\n3\n"}, {"a": "b"}),
        ({"a": b"1\n2\n3\n"}, {"b": b"1\n2\nx\n", "c": b"1\n2\n3\n"}, {"a": "c"}),
        ({"a": b"1\n2\n3\n", "b": b"1\n2\nx\n"}, {"c": b"1\n2\n3\n", "d": b"1\n2\nx\n"}, {"a": "c", "b": "d"}),
        ({"a": b"1\n2\n3\n"}, {"b": b"4\n5\n6\n"}, {}),
        ({"a": b""}, {"b": b""}, {}),
        ({"a": b"\n \n"}, {"b": b"\n \n"}, {}),
    ],
)
def test_what_a_file_has_become(gone: dict[str, bytes], came: dict[str, bytes], expected: dict[str, str]) -> None:
    assert expected == moves.pairs(gone, came)
