from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tampu.build.decide import UnknownInstaller, carried_mirror, decide, installer_for, remember
from tampu.envs.tools import Tools
from tampu.facts.app import survey
from tampu.facts.packages import Unknown
from tampu.facts.pins import load_pythons
from tampu.facts.tree import Tree
from tampu.world.house import house
from tests.build.market import Market

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.model import Build

PINNED = load_pythons(house() / "vendor" / "pythons.json", os.uname().machine)


@pytest.fixture
def market(tmp_path: Path) -> Market:
    place = Market(tmp_path)
    (tmp_path / "requirements.txt").write_text("alpha\n")
    return place


def decided(market: Market) -> Build:
    tools = Tools(market.folder / "tools", {"uv": "0.13.8", "pip": "26.3"})
    app = survey(Tree(market.folder), None)
    return decide(app, market.target(local=False), market.world, tools)


def newest(series: str) -> str:
    patches = [version for version in PINNED.pins if version.startswith(f"{series}.")]
    return max(patches, key=lambda version: int(version.rpartition(".")[2]))


def test_each_decision_has_its_reason(market: Market) -> None:
    (market.folder / "runtime.txt").write_text("python-3.12\n")
    version = newest("3.12")

    build = decided(market)

    assert {
        f"Python {version} from python-build-standalone": "runtime.txt asks for python-3.12",
        "Packages of pip": "requirements.txt is present",
        "Installed by uv": "it is the default",
        "Web stack: none": "no callable was found that answers requests (TAMPU_APP=module:callable names one)",
    } == {choice.what: choice.because for choice in build.choices}
    assert ["python", "site"] == [step.name for step in build.steps]
    assert ("pip", version) == (build.manager, build.python.version)


def test_all_that_a_site_depends_on_is_in_its_key(market: Market) -> None:
    market.environ["STACK"] = "heroku-24"

    _, site = decided(market).steps

    assert {
        *("Python", "runtime", "CPU", "stack", "tampu's layout", "installer", "package manager"),
        *("TAMPU_REFRESH", "groups of packages"),
        *("config/dcrequirements.txt", "settings of the package index", "requirements.txt"),
        "what supervisord loads",
    } == set(site.key.parts)
    assert ("heroku-24", "uv 0.13.8") == (site.key.parts["stack"], site.key.parts["installer"])


def test_users_choose_the_installer(market: Market) -> None:
    market.environ["TAMPU_INSTALLER"] = "pip"

    build = decided(market)

    assert "TAMPU_INSTALLER says so" == {choice.what: choice.because for choice in build.choices}["Installed by pip"]
    assert "pip 26.3" == build.steps[1].key.parts["installer"]


@pytest.mark.parametrize(("version", "installer"), [("2.7.18", "pip"), ("3.6.15", "uv"), ("3.13.0", "uv")])
def test_pip_takes_the_place_of_uv_where_that_does_not_run(market: Market, version: str, installer: str) -> None:
    assert installer == installer_for(version, market.world)[0]


def test_an_installer_that_nobody_has(market: Market) -> None:
    market.environ["TAMPU_INSTALLER"] = "conda"

    with pytest.raises(UnknownInstaller) as caught:
        decided(market)

    assert "Expected: uv or pip" in caught.value.advice


def test_users_choose_the_package_manager(market: Market) -> None:
    market.environ["TAMPU_PACKAGE_MANAGER"] = "conda"

    with pytest.raises(Unknown):
        decided(market)


def test_notices_of_all_who_have_some(market: Market) -> None:
    assert "python-version::unpinned" in [notice.name for notice in decided(market).notices]


def test_the_last_build_s_series_is_kept_where_nothing_is_asked(market: Market) -> None:
    (market.folder / "runtime.txt").write_text("python-3.12\n")
    remember(decided(market), market.world)
    (market.folder / "runtime.txt").unlink()

    assert newest("3.12") == decided(market).python.version


def test_a_mirror_that_tampu_carries_is_told(market: Market) -> None:
    (told,) = carried_mirror({"TAMPU_MIRROR": str(house() / "mirror")})

    assert "Fetched from the mirror that this tampu carries" == told.what
    assert () == carried_mirror({"TAMPU_MIRROR": str(market.folder)}) == carried_mirror({})
