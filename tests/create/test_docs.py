"""docs/create.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.create import layout
from tampu.create.command import parser
from tests.kit.creating import own

if TYPE_CHECKING:
    from tests.kit.creating import Desk

PAGE = (Path(__file__).resolve().parents[2] / "docs/create.md").read_text(encoding="utf-8")


def test_each_option_is_explained() -> None:
    options = {option for action in parser()._actions for option in action.option_strings} - {"-h", "--help"}

    assert options == set(
        re.findall(r"(?<=`)-{1,2}[a-z-]+(?=`)", PAGE.partition("## Where")[0].partition("| option")[2])
    )


def test_the_template_that_it_shows_can_be_used(desk: Desk) -> None:
    about = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
    desk.template("shop", about, README__md_tmpl="{{ colour }}\n")

    out = desk.well("x", "-t", "./shop")

    assert b"red\n" == own(desk.folder / "x")["README.md"]
    assert (desk.folder / "x/wsgi.py").is_file()
    assert out.endswith("cd x\n       tampu up\n")


def test_all_that_a_template_may_say_is_explained() -> None:
    explained = set(
        re.findall(r"`?\b([a-z]+)\b`?", PAGE.partition("## Make a template")[2].partition("## Templates")[0])
    )

    assert set() == {*layout.KEYS, *layout.OF_VARIABLE} - explained
