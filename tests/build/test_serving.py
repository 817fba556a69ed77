from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.build.model import Target
from tampu.build.serving import AsgiTooOld, Serving, decide_serving
from tampu.build.steps.keeper import NoKeeper
from tampu.facts.app import survey
from tampu.facts.dotcloud import service
from tampu.facts.tree import Tree
from tests.build.market import Market
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

WORKER = {"dotcloud.yml": "jobs: {type: python-worker, process: python work.py}\n"}
ASGI = {"asgi.py": "from fastapi import FastAPI\n\napplication = FastAPI()\n"}


@pytest.fixture
def market(tmp_path: Path) -> Market:
    found = Market(tmp_path)
    found.set_mirror("2.7.18", "3.11.1")
    return found


def serving(market: Market, files: dict[str, str], version: str, *, local: bool = False) -> Serving:
    tree = Tree(write_app(market.folder / "app", files))
    target = Target(app=tree.root, layers=tree.root / ".tampu", local=local)
    return decide_serving(survey(tree, service(tree)), version, target, market.world)


@pytest.mark.parametrize("version", ["2.7.18", "3.6.15", "3.8.18"])
def test_an_app_on_an_old_python_is_kept_by_another(market: Market, version: str) -> None:
    found = serving(market, WORKER, version)

    assert found.stack
    assert found.keeper
    assert ("3.11.1", "keeper/python/bin/python3") == (found.keeper.interpreter.choice.version, found.stack.python)
    what, because = found.choices[-1].what, found.choices[-1].because
    assert "supervisord on Python 3.11.1 from the mirror https://mirror.example/pythons/" == what
    assert f"it needs 3.9 or newer, and the app has {version}" == because


def test_an_app_on_a_newer_one_is_kept_by_its_own(market: Market) -> None:
    found = serving(market, WORKER, "3.9.0")

    assert found.stack
    assert (None, "python/bin/python3") == (found.keeper, found.stack.python)


def test_without_a_stack_there_is_nothing_to_keep(market: Market) -> None:
    found = serving(market, {"Procfile": "web: python app.py\n"}, "2.7.18")

    assert (None, None, 1) == (found.stack, found.keeper, len(found.choices))


@pytest.mark.parametrize(
    ("files", "todo"),
    [
        (
            {"runtime.txt": "python-3.8.18\n"},
            "Write this in runtime.txt, commit it and build again:\n\n    python-3.13",
        ),
        ({}, "Write this in .python-version, commit it and build again:\n\n    3.13"),
    ],
)
def test_an_asynchronous_app_is_not_served_on_an_old_one(market: Market, files: dict[str, str], todo: str) -> None:
    with pytest.raises(AsgiTooOld) as caught:
        serving(market, {**ASGI, **files}, "3.8.18")

    assert "Found:    asgi.py:3: application = FastAPI()" in caught.value.advice
    assert caught.value.advice.endswith(todo)


def test_there_may_be_none_to_keep_it(market: Market) -> None:
    market.set_mirror("2.7.18")
    market.online = False

    with pytest.raises(NoKeeper):
        serving(market, WORKER, "2.7.18", local=True)


def test_a_keeper_is_remembered_with_its_layer(market: Market) -> None:
    first = serving(market, WORKER, "2.7.18").keeper
    assert first
    market.asked.clear()
    serving(market, WORKER, "2.7.18")
    assert ["read https://me:hunter22@mirror.example/pythons/index.json"] == market.asked
    write_app(market.folder, {"made/python/bin/python3": ""})
    market.cache.keep("keeper", first.key, market.folder / "made")
    market.asked.clear()

    again = serving(market, WORKER, "2.7.18").keeper

    assert again
    assert ([], first.key) == (market.asked, again.key)
