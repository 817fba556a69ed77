from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.build.engine import carry_out_one
from tampu.build.model import Target
from tampu.build.steps.keeper import ENV, decide, requirements, steps
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes
from tests.build.workplace import BARE
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.model import Layer
    from tampu.envs.tools import Tools


@pytest.fixture(scope="module")
def layer(mirror: Path, index: str, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Layer:
    place = tmp_path_factory.mktemp("keeper")
    say = PlainConsole(out=io.StringIO(), err=io.StringIO())
    world = World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say),
        cache=Cache(place / "cache"),
        say=say,
        environ={**BARE, "HOME": str(place), "TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index},
    )
    target = Target(app=place, layers=place / "layers")
    (step,) = steps(decide("2.7.18", target, world), tools, "uv")
    return carry_out_one(step, target, world)


def test_a_keeper_has_a_python_and_supervisor(layer: Layer, patches: dict[str, str]) -> None:
    library = layer.path / "site/lib/python3.13/site-packages"

    assert ("keeper", patches["3.13"], ENV) == (layer.name, layer.key.parts["Python"], layer.env)
    assert {"bin", "python", "site"} == names(layer.path)
    assert ["supervisor"] == [info.name.partition("-")[0] for info in library.glob("*.dist-info")]
    assert {"supervisord", "supervisorctl", "supervisor_stdout"} <= names(layer.path / "bin")


def test_it_works_elsewhere_and_heeds_nothing_that_is_set_for_the_app(layer: Layer, tmp_path: Path) -> None:
    moved = tmp_path / "an app's 'keeper'"
    shutil.copytree(layer.path, moved, symlinks=True)
    (tmp_path / "supervisord").symlink_to(moved / "bin" / "supervisord")
    write_app(tmp_path / "old", {"xmlrpc.py": "raise SystemExit('not for this Python')\n"})

    said = subprocess.run(
        (tmp_path / "supervisord", "--version"),
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "old"), "PYTHONHOME": "/nowhere"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert f"supervisor=={said.stdout.strip()} " in requirements()


def test_without_a_keeper_there_is_nothing_to_do(tools: Tools) -> None:
    assert () == steps(None, tools, "uv")


def test_what_the_app_gets_is_not_for_its_keeper() -> None:
    assert ["supervisor"] == [line.partition("==")[0] for line in requirements().splitlines() if "==" in line]
