from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import old_pythons
from tests.kit.supervised import BASE, OURS, Supervised, lay_supervisor
from tests.launch.homes import make_home
from tests.launch.workers import CONFIG, Workers, lay_uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.launch.homes import Home


@pytest.fixture(params=["this one", *old_pythons.OLDEST])
def python(request: pytest.FixtureRequest) -> Path:
    """The Python of these tests, and the oldest that apps may have."""
    return old_pythons.program(request.param) if request.param in old_pythons.OLDEST else Path(sys.executable)


@pytest.fixture
def run() -> Iterator[Path]:
    """A run folder to be made; its path is short, as those of sockets have to be."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder).resolve() / "run"


@pytest.fixture
def home(tmp_path: Path, run: Path) -> Home:
    """One whose path is as odd as paths get."""
    return make_home(tmp_path / "a 'home' of \"quotes\" $x", run)


@pytest.fixture(scope="session")
def supervisor(index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to import supervisor and our modules from; read only."""
    return lay_supervisor(index, tmp_path_factory.mktemp("supervisor"))


@pytest.fixture
def make_supervised(supervisor: Path) -> Iterator[Callable[[str], Supervised]]:
    """One with that configuration; whatever still runs at the end is ended."""
    made: list[Supervised] = []
    with tempfile.TemporaryDirectory() as folder:

        def make(config: str) -> Supervised:
            made.append(Supervised(library=supervisor, folder=Path(folder) / str(len(made)), config=config))
            return made[-1]

        yield make
        for each in made:
            each.close()


@pytest.fixture
def supervised(make_supervised: Callable[[str], Supervised]) -> Supervised:
    return make_supervised(BASE + OURS)


@pytest.fixture(scope="session")
def uvicorn(index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to import it from; read only."""
    words = ("--no-deps", "--require-hashes", "-r", str(CONFIG / "asgi.txt"))
    return lay_uvicorn(index, tmp_path_factory.mktemp("uvicorn"), *words)


@pytest.fixture
def workers(uvicorn: Path, home: Home) -> Iterator[Workers]:
    made = Workers(home=home, library=uvicorn)
    yield made
    made.close()
