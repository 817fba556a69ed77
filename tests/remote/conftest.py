from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit import for_hosts, old_pythons, remotes, sshd, store
from tests.kit.distance import distance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.remote.links.link import Link
    from tests.kit.sshd import Server

DELAY = float(os.environ.get("TAMPU_DELAY", "0"))


@pytest.fixture(scope="session", params=("3.8", "3.13"))
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A host with that Python, as far away as TAMPU_DELAY says: so many seconds, there and back."""
    series: str = request.param
    with sshd.server(tmp_path_factory.mktemp("far"), f"far-{series}", old_pythons.program(series)) as server:
        if not DELAY:
            yield server
            return
        with distance(server.port, DELAY / 2) as way:
            yield server.by(way.port)


@pytest.fixture(scope="session")
def near(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd.server(tmp_path_factory.mktemp("near"), "near", old_pythons.program("3.13")) as server:
        yield server


@pytest.fixture
def link(far: Server) -> Iterator[Link]:
    made = remotes.link(far)
    yield made
    made.close()


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages for hosts of several kinds; `simple/` in it is an index of them."""

    def fill(folder: Path) -> None:
        for_hosts.make_index(folder)

    return store.shared(tmp_path_factory, "for hosts", fill)


@pytest.fixture(scope="session")
def index_for_hosts(index_folder: Path) -> str:
    return (index_folder / "simple").as_uri()
