from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import tail
from tampu.daemon.tail import Follower

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def append(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_no_log_has_no_lines(log: Path) -> None:
    assert [] == tail.last(log, 5)


@pytest.mark.parametrize("lines", [0, 1, 3, 10, 20_000, 50_000])
def test_the_last_lines_over_all_files(lines: int, log: Path) -> None:
    texts = [f"line {number}\n" for number in range(30_000)]
    log.with_name("log.2").write_text("".join(texts[:10_000]))
    log.with_name("log.1").write_text("".join(texts[10_000:29_998]))
    log.write_text("".join(texts[29_998:]))

    assert [text.strip().encode() for text in texts[max(0, 30_000 - lines) :]] == tail.last(log, lines)


def test_an_unfinished_line_is_a_line(log: Path) -> None:
    log.write_text("one\ntwo")

    assert [b"one", b"two"] == tail.last(log, 5)


def test_what_is_written_later_is_read_in_whole_lines(log: Path) -> None:
    log.write_text("old\n")
    follower = Follower(log)
    append(log, "one\ntw")
    first = list(follower.new_lines())
    append(log, "o\n")

    assert [b"one"] == first
    assert [b"two"] == list(follower.new_lines())
    assert [] == list(follower.new_lines())


@pytest.mark.parametrize(("lines", "before"), [(5, [b"zero", b"one"]), (1, [b"one"]), (0, [])])
def test_what_is_followed_begins_where_the_last_lines_end(lines: int, before: list[bytes], log: Path) -> None:
    log.with_name("log.1").write_text("zero\n")
    log.write_text("one\ntw")
    follower = Follower(log)
    append(log, "o\nthree\n")

    assert before == follower.last(lines)
    assert [b"two", b"three"] == list(follower.new_lines())


def test_the_last_lines_before_a_file_that_was_changed_meanwhile(log: Path) -> None:
    log.with_name("log.1").write_text("zero\n")
    log.write_text("one\n")
    follower = Follower(log)
    log.with_name("log.1").rename(log.with_name("log.2"))
    log.rename(log.with_name("log.1"))
    log.write_text("two\n")

    assert [b"zero", b"one"] == follower.last(5)
    assert [b"two"] == list(follower.new_lines())


def test_nothing_is_missed_when_files_are_changed(log: Path) -> None:
    log.write_text("")
    follower = Follower(log)
    append(log, "one\n")
    log.rename(log.with_name("log.2"))
    log.with_name("log.1").write_text("two\n")
    log.write_text("three\n")

    assert [b"one", b"two", b"three"] == list(follower.new_lines())


def test_a_file_that_was_taken_away_is_read_to_its_end(log: Path) -> None:
    log.write_text("")
    follower = Follower(log)
    append(log, "one\n")
    log.rename(log.with_name("elsewhere"))
    before = list(follower.new_lines())
    log.write_text("two\n")

    assert [b"one"] == before
    assert [b"two"] == list(follower.new_lines())


def test_a_file_that_was_emptied_is_read_from_its_beginning(log: Path) -> None:
    log.write_text("a long line\n")
    follower = Follower(log)
    os.truncate(log, 0)
    append(log, "one\n")

    assert [b"one"] == list(follower.new_lines())


def test_a_log_that_is_still_to_come(log: Path) -> None:
    follower = Follower(log)
    nothing = list(follower.new_lines())
    log.write_text("one\n")

    assert [] == nothing
    assert [b"one"] == list(follower.new_lines())


def test_a_line_without_an_end_is_shown_in_pieces(log: Path) -> None:
    log.write_text("")
    follower = Follower(log)
    append(log, "x" * (tail.LONGEST_LINE + tail.BLOCK))

    assert [tail.LONGEST_LINE + tail.BLOCK] == [len(line) for line in follower.new_lines()]


def test_it_is_followed_until_somebody_has_enough(log: Path) -> None:
    log.write_text("")
    follower = Follower(log)
    given: list[bytes] = []
    looks = iter([False, True])
    append(log, "one\n")

    follower.follow(given.append, lambda: next(looks))

    assert [b"one"] == given
