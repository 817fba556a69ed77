"""What templates want to know, and how they get to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.creating import own

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.creating import Desk

ABOUT = """
[[variable]]
name = "colour"
description = "Colour of its door"
[[variable]]
name = "size"
default = "{{ colour|length }}"
[[variable]]
name = "key"
description = "Key"
default = "none"
secret = true
"""
ALL = {"all_tmpl": "{{ colour }} {{ size }} {{ key }}\n"}


@pytest.fixture(autouse=True)
def shop(desk: Desk) -> Path:
    return desk.template("shop", ABOUT, **ALL)


def made(desk: Desk) -> bytes:
    return own(desk.folder / "x")["all"]


def test_said_in_words(desk: Desk) -> None:
    result = desk.create("x", "-t", "./shop", "colour=a=b c", "size=", "odd=1")

    assert (0, b"a=b c  none\n") == (result.code, made(desk))
    assert "No template says that it asks for odd." in result.err


def test_all_that_nobody_has_said_is_named_at_once(desk: Desk) -> None:
    desk.template("more", '[[variable]]\nname = "shape"', **ALL)

    result = desk.create("x", "-t", "./shop", "-t", "./more")

    assert 2 == result.code
    assert "tampu create PROJECT colour=... shape=...\n" in result.err
    assert not (desk.folder / "x").exists()


def test_asked_at_a_terminal(desk: Desk) -> None:
    told = desk.talk(
        ("x", "-t", "./shop"), ("door: ", ""), ("door: ", "green"), ("size [5]: ", ""), ("Key: ", "Sesame-0")
    )

    assert (0, b"green 5 Sesame-0\n") == (told.code, made(desk))
    assert "Sesame-0" not in told.out


def test_nobody_is_asked_who_does_not_want_to_be(desk: Desk) -> None:
    assert 0 == desk.talk(("x", "-t", "./shop", "colour=red", "--no-interactive")).code
    assert b"red 3 none\n" == made(desk)


def test_a_question_without_an_answer_changes_nothing(desk: Desk) -> None:
    told = desk.talk(("x", "-t", "./shop"), ("door: ", "\x04"))

    assert 1 == told.code
    assert "(terminal::no-answer)" in told.out
    assert not (desk.folder / "x").exists()


def test_secrets_stay_out_of_the_record(desk: Desk) -> None:
    desk.well("x", "-t", "./shop", "colour=red", "key=Sesame-0", "--config", "known.ini")

    assert b"red 3 Sesame-0\n" == made(desk)
    kept = [*(desk.folder / "x/.tampu-create").iterdir(), desk.folder / "known.ini"]
    assert 3 == len(kept)
    assert not any(b"Sesame" in path.read_bytes() for path in kept)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("known.ini", "# mine\n[other]\na = 1\n[pastescript]\ncolour = 100% red\n"),
        ("known.toml", 'colour = "100% red"\n'),
        ("known.toml", '[variables]\ncolour = "100% red"\n'),
        ("known.toml", '[answers]\ncolour = "100% red"\nproject = "other"\n'),
    ],
)
def test_from_a_file(name: str, text: str, desk: Desk) -> None:
    (desk.folder / name).write_text(text)

    desk.well("x", "-t", "./shop", "--config", name, "size=9")

    assert b"100% red 9 none\n" == made(desk)
    assert text in (desk.folder / name).read_text().replace("[pastescript]\nsize = 9\n", "[pastescript]\n")


def test_a_file_learns_what_was_said(desk: Desk) -> None:
    desk.well("x", "-t", "./shop", "--config", "known.ini", "colour=red\ngreen", "-n")
    assert not (desk.folder / "known.ini").exists()

    desk.well("x", "-t", "./shop", "--config", "known.ini", "colour=red\ngreen")
    assert "[pastescript]\ncolour = red\n\tgreen\nsize = 9\n" == (desk.folder / "known.ini").read_text()

    desk.well("y", "-t", "./shop", "--config", "known.ini")
    assert own(desk.folder / "x") == own(desk.folder / "y")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.ini", "colour = red\n", "line 1: colour = red, in no section"),
        ("a.ini", "[pastescript]\ncolour\n", "line 2: colour\n"),
        ("a.ini", "[pastescript]\ncolour__eval__ = 1\n", "colour__eval__, which would be run as Python"),
        ("a.ini", "[pastescript]\nc\xe4\n", "line 2: "),
        ("a.toml", "colour = red\n", "line 1: "),
        ("a.toml", "colour = 1\n", "values that are no texts"),
        ("a.toml", "variables = 1\n", "values that are no texts"),
    ],
)
def test_a_file_that_has_no_values(name: str, text: str, told: str, desk: Desk) -> None:
    (desk.folder / name).write_text(text)

    result = desk.create("x", "-t", "./shop", "--config", name)

    assert 2 == result.code
    assert "(create::bad-config)" in result.err
    assert told in result.err


def test_a_file_that_is_no_text(desk: Desk) -> None:
    (desk.folder / "a.ini").write_bytes(b"\xff")

    assert "create::bad-config" == desk.ill("x", "-t", "./shop", "--config", "a.ini")
