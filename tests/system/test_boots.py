"""A built app starts as often as its platform likes, wherever that puts it, whatever ended it before."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds, containers, served, trees
from tests.kit.load import Client, Fate
from tests.system.echo import APPS

if TYPE_CHECKING:
    from pathlib import Path

BOOTS = int(os.environ.get("TAMPU_BOOTS", "5"))
ODD_NAMES = ("a home", 'it\'s a "home"', "100%home $HOME {x}", "nach Hause – ホーム")
# While the profile runs, while the run folder is made, while the app server starts, about when nginx does.
MOMENTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)
IN_A_CONTAINER = """
cd "$HOME"; for file in .profile.d/*.sh; do . "$file"; done
bash -c "$LINE" >&2 & pid=$!
ask='import time, urllib.request as r
for _ in range(1000):
    try:
        print(r.urlopen("http://127.0.0.1:8000/quick?1").read().decode())
        break
    except OSError as error:
        time.sleep(0.01)
else:
    print(error)'
.tampu/run python -c "$ask"
kill -TERM $pid; wait $pid; echo "ended with $?"
"""


@pytest.fixture(scope="module", params=sorted(APPS))
def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path
) -> Path:
    place = tmp_path_factory.mktemp(f"boots-{request.param}")
    platform = builds.Platform.make(place / "platform", mirror, index, seed)
    app = builds.write_app(place / "app", APPS[request.param])
    platform.compile(app)
    return app


def answers(up: served.Served) -> bool:
    return Client(up.port, keeps=False).ask("/quick?again")[0] is Fate.OK


def test_boots_again_and_again_in_the_same_folder(app: Path, tmp_path: Path) -> None:
    port = served.free_port()
    took, listings = [], []
    for number in range(BOOTS):
        with served.serve(app, tmp_path, port=port) as up:
            took.append(up.until_answers())
            # Every other one is killed at once, with all that it has started.
            if number % 2 == 0:
                up.tell(signal.SIGTERM)
                assert up.ended() == 0, up.said()
        listings.append(trees.digest(app))

    print(f"{BOOTS} boots: {min(took):.2f} to {max(took):.2f} s")  # noqa: T201 - pytest shows it with -s
    assert {listings[0]} == set(listings)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_boots_where_the_home_has_an_odd_name(name: str, app: Path, tmp_path: Path) -> None:
    home = shutil.copytree(app, tmp_path / name, symlinks=True, copy_function=os.link)

    with served.serve(home, tmp_path / "run") as up:
        up.until_answers()
        up.tell(signal.SIGTERM)

        assert up.ended() == 0, up.said()


@pytest.mark.parametrize("name", ["a run", "it's"])
def test_boots_where_the_folder_for_temporary_files_has_an_odd_name(name: str, app: Path, tmp_path: Path) -> None:
    with served.serve(app, tmp_path / name) as up:
        up.until_answers()

        assert answers(up)


@pytest.mark.parametrize("seconds", MOMENTS)
def test_ends_soon_when_told_so_while_it_starts(seconds: float, app: Path, tmp_path: Path) -> None:
    port = served.free_port()
    with served.serve(app, tmp_path, port=port) as up:
        time.sleep(seconds)
        up.tell(signal.SIGTERM)
        code = up.ended()
        left = up.left()

    assert (True, []) == (code in {0, -signal.SIGTERM, 128 + signal.SIGTERM}, left), up.said()
    with served.serve(app, tmp_path, port=port) as again:
        again.until_answers()


def test_boots_as_nobody_with_nothing_to_write_to_but_the_folder_for_temporary_files(
    app: Path, base_image: str
) -> None:
    ended = containers.run(
        base_image,
        *("bash", "-c", IN_A_CONTAINER),
        mounts={app: "/app:ro"},
        options=containers.locked_down(),
        env={"HOME": "/app", "PORT": "8000", "LINE": served.web_line(), "WEB_CONCURRENCY": "2"},
    )

    assert "/quick?1\nended with 0\n" == ended.stdout, ended.stderr
