from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.remote.choose.index import NO_INDEX, NO_WHEEL, Seen, look
from tests.kit import for_hosts, wheels
from tests.kit.builds import names
from tests.kit.served import free_port
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.world import World

SAYS = 'raise SystemExit("nothing of this is run")\n'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """With an index that has a wheel, and a source whose build would fail."""
    place = tmp_path_factory.mktemp("world")
    folder = place / "index"
    wheels.wheel(
        Package(name="honest", version="1.2", modules={"real/__init__.py": SAYS, "real/part.py": SAYS}), folder
    )
    wheels.sdist(Package(name="sourced", modules={"real.py": SAYS}), folder)
    return for_hosts.open_world(place / "home", wheels.index(folder).as_uri())


@pytest.mark.parametrize(
    ("distribution", "name", "seen"),
    [
        ("honest", "real", Seen(version="1.2", file="real/__init__.py")),
        ("honest", "real.part", Seen(version="1.2", file="real/part.py")),
        ("honest", "other", Seen()),
        ("sourced", "real", Seen(unseen=NO_WHEEL)),
        ("nobody-has-it", "real", Seen(unseen=NO_WHEEL)),
    ],
)
def test_what_a_wheel_really_brings(
    distribution: str, name: str, seen: Seen, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "tmp"
    own.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(own))

    assert seen == look(world, distribution, name)
    assert set() == names(own)


def test_an_index_that_is_not_there_is_another_reason(tmp_path: Path) -> None:
    nowhere = for_hosts.open_world(tmp_path, f"http://127.0.0.1:{free_port()}/simple")

    assert Seen(unseen=NO_INDEX) == look(nowhere, "honest", "real")
