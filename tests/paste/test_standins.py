"""Distributions that configs name, and that nobody installed."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

HOUSE = Path(__file__).resolve().parents[2]
STANDINS = HOUSE / "lib" / "tampu" / "paste" / "standins"
NAMES = ("PasteScript", "flup", "Paste", "WebError", "gearbox", "tampu")
# What PasteScript 3.7 and flup 1.0 have for configs.
PASTESCRIPT = {
    *("wsgiutils", "cherrypy", "twisted", "cgi", "test"),
    *(f"flup_{protocol}_{way}" for protocol in ("ajp", "fcgi", "scgi") for way in ("thread", "fork")),
}
FLUP = {f"{protocol}{way}" for protocol in ("ajp", "fcgi", "scgi") for way in ("", "_thread", "_fork")}
ENTRIES = [entry for each in Distribution.discover(path=[*map(str, STANDINS.iterdir())]) for entry in each.entry_points]


def named(name: str) -> Distribution:
    return next(iter(Distribution.discover(name=name, path=[*map(str, STANDINS.iterdir())])))


@pytest.mark.parametrize("name", NAMES)
def test_each_is_found_by_its_name(name: str) -> None:
    assert named(name).metadata["Name"] == name


def test_old_names_are_all_there() -> None:
    assert {entry.name for entry in named("PasteScript").entry_points} == PASTESCRIPT
    assert {entry.name for entry in named("flup").entry_points} == FLUP


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.value.startswith("tampu.")], ids=str)
def test_each_entry_leads_somewhere(entry: EntryPoint) -> None:
    module, _, name = entry.value.partition(":")
    assert callable(getattr(import_module(module), name))


def test_an_installed_tampu_has_the_same_names() -> None:
    project = tomli.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    standing_in = {entry.name: entry.value for entry in named("tampu").entry_points}

    assert project["entry-points"]["paste.server_runner"] == standing_in
