from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import pytest

from tampu.envs.runtime import install
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.fetch import Pin
from tampu.world.run import Processes
from tests.build.workplace import BARE, Workplace
from tests.kit import toolbox

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.envs.tools import Tools


class MakeWorkplace(Protocol):
    def __call__(self, name: str, installer: str = "uv") -> Workplace:
        """An app without anything in it, with its Python laid out."""


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return toolbox.make_tools(tmp_path_factory.mktemp("toolbox") / "tools")


@pytest.fixture(scope="session")
def python_layer(mirror: Path, patches: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `python` layer of 3.12; read only, as the cache's would be."""
    (archive,) = mirror.glob(f"cpython-{patches['3.12']}-*")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    place = tmp_path_factory.mktemp("runtime")
    say = PlainConsole()
    world = World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say),
        cache=Cache(place / "cache"),
        say=say,
        environ=BARE,
    )
    install(Pin(name="python", version=patches["3.12"], url=archive.as_uri(), sha256=digest), place / "python", world)
    return place / "python"


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip keeps its own: it starts five times faster with it."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def make_workplace(
    tools: Tools, python_layer: Path, patches: dict[str, str], wheelhouse: Path, bytecode: Path, tmp_path: Path
) -> MakeWorkplace:
    def make(name: str, installer: str = "uv") -> Workplace:
        place = Workplace(
            place=tmp_path / name,
            tools=tools,
            python=patches["3.12"],
            settings={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"{wheelhouse} {toolbox.setuptools()}"},
            installer=installer,
        )
        place.lay(python_layer)
        (place.cache.folder("pip") / "bytecode").symlink_to(bytecode)
        return place

    return make


@pytest.fixture(params=["uv", "pip"])
def workplace(make_workplace: MakeWorkplace, request: pytest.FixtureRequest) -> Workplace:
    """An app whose packages are installed by the one and by the other."""
    return make_workplace("work", str(request.param))


@pytest.fixture
def with_uv(make_workplace: MakeWorkplace) -> Workplace:
    return make_workplace("work")
