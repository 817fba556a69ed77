"""Each system has one page, and all options of its commands stand there."""

from __future__ import annotations

import re

import pytest

from tests.docs.helps import NAME, OPTION, Helps
from tests.docs.pages import FENCE, HOUSE, SPAN

PAGES = {
    "docs/commands.md": ("up", "build", "run", "doctor", "bundle"),
    "docs/create.md": ("create",),
    "docs/daemon.md": ("daemon",),
    "docs/images.md": ("image", "deploy"),
    "docs/remote.md": ("remote",),
    "docs/serve.md": ("serve", "points", "request", "post", "make-config", "setup-app"),
    "docs/service.md": ("service",),
}
HAVE_ACTIONS = ("daemon", "deploy", "service")
INDENTED = re.compile(r"^    .*$", re.MULTILINE)
# What it says is another command's.
WITHOUT_OPTIONS = ("exe",)


@pytest.fixture(scope="module")
def helps() -> Helps:
    return Helps()


def told(page: str) -> set[str]:
    """All options that it shows as such."""
    text = (HOUSE / page).read_text(encoding="utf-8")
    prose = FENCE.sub("", text)
    shown = (*(fence["text"] for fence in FENCE.finditer(text)), *SPAN.findall(prose), *INDENTED.findall(prose))
    return {option for each in shown for option in OPTION.findall(each)}


def options(name: str, helps: Helps) -> set[str]:
    """Those of a command and of its actions, each with the name of who takes it."""
    calls = [(name,), *((name, action) for action in NAME.findall(helps.of(name)) if name in HAVE_ACTIONS)]
    return {" ".join((*call, option)) for call in calls for option in helps.options(*call)}


@pytest.mark.parametrize("page", PAGES)
def test_all_options_of_its_commands_are_on_the_page(page: str, helps: Helps) -> None:
    taken = {option for name in PAGES[page] for option in options(name, helps)}
    shown = told(page)

    lacking = {option for option in taken if option.rpartition(" ")[2] not in shown}

    assert taken
    assert set() == lacking, f"{page} lacks them"


def test_each_command_has_a_page(helps: Helps) -> None:
    named = [name for names in PAGES.values() for name in names]

    assert sorted(NAME.findall(helps.of())) == sorted((*named, *WITHOUT_OPTIONS))
