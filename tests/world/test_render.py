from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from tampu.world.house import house
from tampu.world.render import render

VALUES = {"server": "uwsgi", "needed": ("app", "nginx"), "processes": ("mail",)}


def test_gaps_are_filled_and_nothing_is_left_of_them() -> None:
    text = render("supervisord.conf", VALUES)

    assert "\nneeded = app,nginx\n" in text
    assert "\n[program:mail]\n" in text
    assert not {"{%", "{{", "{#"} & {text[at : at + 2] for at in range(len(text))}


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_gap_without_a_value_is_no_empty_text(name: str) -> None:
    with pytest.raises(UndefinedError, match=name):
        render("supervisord.conf", {given: value for given, value in VALUES.items() if given != name})


def test_a_text_without_gaps_stays_as_it_is() -> None:
    assert (house() / "config" / "mime.types").read_text(encoding="utf-8") == render("mime.types", {})


def test_what_is_filled_in_is_not_read_again() -> None:
    text = render("supervisord.conf", {**VALUES, "needed": ("{{ server }}", "<&>")})

    assert "\nneeded = {{ server }},<&>\n" in text
