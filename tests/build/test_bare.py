from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.build.bare import bare
from tampu.envs.tools import Tools
from tampu.facts.app import survey
from tampu.facts.tree import Tree
from tests.build.market import Market

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.bare import Bare


@pytest.fixture
def market(tmp_path: Path) -> Market:
    (tmp_path / "runtime.txt").write_text("python-3.12\n")
    return Market(tmp_path)


def decided(market: Market) -> Bare:
    tools = Tools(market.folder / "tools", {"uv": "0.13.8", "pip": "26.3"})
    return bare(survey(Tree(market.folder), None), market.target(local=False), market.world, tools)


def test_nothing_that_serves_is_decided(market: Market) -> None:
    (market.folder / "requirements.txt").write_text("alpha\n")
    (market.folder / "wsgi.py").write_text("def application(environ, start_response): ...\n")

    found = decided(market)

    assert ["python", "site"] == [step.name for step in found.steps]
    assert ["Packages of pip", "Installed by uv"] == [choice.what for choice in found.choices[1:]]


def test_without_packages_there_is_no_folder_of_them(market: Market) -> None:
    found = decided(market)

    assert ["python"] == [step.name for step in found.steps]
    assert ["No packages"] == [choice.what for choice in found.choices[1:]]
