from __future__ import annotations

import io
import re

import pytest
from rich.console import Console as Rich

from tampu.errors import TampuError
from tampu.world.console import Notice
from tampu.world.terminal import Terminal, terminal


class Broken(TampuError):
    reason = "terminal::broken"

    def __init__(self) -> None:
        super().__init__(title="It is broken", found="[a piece]", expected="all", todo="Mend it.")


class Screen:
    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.console = Terminal(Rich(file=self.out, width=100), Rich(file=self.err, width=100))


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_step_that_is_done_shows_what_it_took(screen: Screen) -> None:
    screen.console.step("Installing [packages]")
    screen.console.detail("one\ntwo")
    screen.console.step("Building")
    screen.console.rest()
    screen.console.rest()

    said = re.sub(r"\d+\.\d s$", "# s", screen.out.getvalue(), flags=re.MULTILINE)
    assert ["  one", "  two", "✔ Installing [packages] # s", "✔ Building # s"] == said.splitlines()


def test_a_step_that_failed_is_not_shown_as_done(screen: Screen) -> None:
    screen.console.step("Building")
    screen.console.error(Broken())

    assert "✔" not in screen.out.getvalue()
    assert ["", "Error: It is broken", "", "Found:    [a piece]"] == screen.err.getvalue().splitlines()[:4]


def test_notices_stand_apart(screen: Screen) -> None:
    screen.console.notice(Notice(name="a::notice", text="Mind the [gap]."))

    assert "\nMind the [gap].\n\n" == screen.err.getvalue()


def test_lines_of_processes_stand_below_each_other(screen: Screen) -> None:
    for line in ("app stdout | [one]", "nginx stderr | two | three", "app stderr | \x1b[31mfour\x1b[0m", "five"):
        screen.console.log(line)

    assert ["app [one]", "nginx two | three", "  app four", "  five"] == screen.out.getvalue().splitlines()


def test_secrets_stay_secret(screen: Screen) -> None:
    screen.console.hide(["hush-hush"])
    screen.console.output("the key is hush-hush")

    assert "  the key is [redacted]\n" == screen.out.getvalue()


def test_a_document_is_written_as_it_is(screen: Screen) -> None:
    screen.console.document('{"a": [1]}\n')

    assert '{"a": [1]}\n' == screen.out.getvalue()


def test_quiet_leaves_notices(screen: Screen) -> None:
    screen.console.hush()
    screen.console.step("A step")
    screen.console.output("a line")
    screen.console.rest()
    screen.console.notice(Notice(name="a::notice", text="Mind."))
    screen.console.log("app stdout | a line of the app's")
    screen.console.document("{}\n")

    assert ("app a line of the app's\n{}\n", "\nMind.\n\n") == (screen.out.getvalue(), screen.err.getvalue())


def test_the_terminal_of_real_life() -> None:
    assert isinstance(terminal(), Terminal)
