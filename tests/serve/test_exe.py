"""Configs that are programs: which command line they stand for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tampu.platforms.calling import Usage
from tampu.serve.exe import BadProgram, is_program, words

if TYPE_CHECKING:
    from pathlib import Path


def told(place: Path, section: str, *said: str) -> list[str]:
    """With APP and HERE for where it is."""
    config = place / "app.ini"
    config.write_text(f"#!/usr/bin/env tampu\n{section}\n[app:main]\nuse = egg:Shop\n")
    found = words([str(config), *said])
    return [word.replace(str(config), "APP").replace(str(place), "HERE") for word in found]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            "[exe]\ncommand = serve\ndaemon = true\nuser = nobody\ngroup = nobody",
            "--daemon --user=nobody --group=nobody APP",
        ),
        ("[exe]\npid_file = %(here)s/app.pid\nlog-file = 100%%", "--pid-file=HERE/app.pid --log-file=100% APP"),
        ("[exe]\nreload = false\ndaemon=No\nmonitor_restart: on", "--monitor-restart APP"),
        ("[exe]\ncommand = serve\nadd = 'x=a b' --server=%(__file__)s", "APP x=a b --server=APP"),
        ("[exe]\nplugin = %(odd)s\nrequire = Shop>=1", "APP"),
        ("[DEFAULT]\nurl = http://%(host)s\n[exe]\nquiet = yes", "--quiet APP"),
        ("[exe]\ncommand = serve\n[exe]\nquiet = true", "--quiet APP"),
        ("", "APP"),
    ],
)
def test_a_section_says_options(tmp_path: Path, section: str, expected: str) -> None:
    assert f"serve {expected} start" == " ".join(told(tmp_path, section, "start"))


def test_another_command(tmp_path: Path) -> None:
    section = "[exe]\ncommand = request --header 'X: y'\nquiet = true"

    assert ["request", "--quiet", "APP", "--header", "X: y", "/page"] == told(tmp_path, section, "/page")


def test_a_link_stands_for_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "rc").mkdir()
    (tmp_path / "app.ini").write_text("[exe]\nlog_file = %(here)s/log\n")
    link = tmp_path / "rc" / "app"
    link.symlink_to("../app.ini")

    assert ["serve", f"--log-file={tmp_path}/log", f"{tmp_path}/app.ini"] == words([str(link)])


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ("[exe]\ncommand = ./other.ini", "command = ./other.ini"),
        ("[exe]\ncommand = exe", "command = exe"),
        ("[exe]\ncommand =", "command ="),
        ("[exe]\nadd = 'open", "'open: No closing quotation"),
        ("[exe]\nlog = 5%", "log = 5%"),
        ("[exe]\nlog = %(user)s", "log = %(user)s"),
        ("daemon = true", "daemon = true"),
        ("[exe]\ndaemon", "daemon"),
    ],
)
def test_what_makes_no_command_line_is_shown(tmp_path: Path, section: str, found: str) -> None:
    with pytest.raises(BadProgram) as caught:
        told(tmp_path, section)

    assert f"Found:    {found}\n" in caught.value.advice


@pytest.mark.parametrize(("section", "line"), [("daemon = true", 2), ("[exe]\ndaemon", 3)])
def test_a_line_that_can_not_be_read_is_named(tmp_path: Path, section: str, line: int) -> None:
    with pytest.raises(BadProgram, match=rf"/app\.ini:{line} doesn't say what to do"):
        told(tmp_path, section)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "old.ini").write_bytes(b"[exe]\nuser = J\xf6rg\n")

    with pytest.raises(BadProgram, match=r"old\.ini doesn't say") as caught:
        words([str(tmp_path / "old.ini")])
    assert "byte 14 is no UTF-8" in caught.value.advice
    with pytest.raises(BadProgram) as caught:
        words([str(tmp_path / "gone.ini")])
    assert "No such file" in caught.value.advice
    for nothing in ([], ["--help"]):
        with pytest.raises(Usage):
            words(nothing)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("#!/usr/bin/env tampu", True),
        ("#!/srv/a place/bin/tampu", True),
        ("#!/usr/bin/env -S tampu serve", True),
        ("#!/usr/bin/env python", False),
        ("#!/usr/bin/env tampura", False),
        ("[app:main]", False),
    ],
)
def test_the_first_line_tells_a_program(tmp_path: Path, first: str, expected: bool) -> None:  # noqa: FBT001
    (tmp_path / "app.ini").write_text(f"{first}\n# tampu\n")

    assert expected == is_program(os.fspath(tmp_path / "app.ini"))
    assert not is_program(os.fspath(tmp_path))
