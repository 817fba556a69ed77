"""Builds that are killed at any moment: the next one ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack, builds, trees
from tests.kit.builds import Platform

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("TAMPU_KILLS", "4"))
# In one of so many rounds the cache begins empty, so that tools and Python are hit too.
FROM_NOTHING = 4
PATIENCE = 300
APP = {
    "requirements.txt": "beta[more]\ntoolbox.kit\n",
    "bin/post_compile": "python -c 'import beta, gamma; print(gamma.__version__)' > made.txt\n",
    ".python-version": "3.13\n",
}


class Bench:
    """A clean build to compare with, the time that it took, and rooms for builds that are killed."""

    def __init__(self, place: Path, mirror: Path, index: str, seed: Path) -> None:
        self.place, self.mirror, self.index, self.seed = place, mirror, index, seed
        self.seconds = {"warm": 0.0, "empty": 0.0}
        for kind in self.seconds:
            platform, app = self.room(kind)
            started = time.monotonic()
            platform.compile(app)
            self.seconds[kind] = time.monotonic() - started
        self.clean = place / "warm" / "app"
        assert [] == trees.difference(self.clean, place / "empty" / "app")

    def room(self, kind: str) -> tuple[Platform, Path]:
        place = self.place / kind
        seed = None if kind.startswith("empty") else self.seed
        platform = Platform.make(place / "platform", self.mirror, self.index, seed)
        return platform, builds.write_app(place / "app", APP)


@pytest.fixture(scope="module")
def bench(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("kills"), mirror, index, seed)


def start_and_kill(platform: Platform, app: Path, place: Path, seconds: float) -> int:
    place.mkdir()
    env = {**buildpack.hostile(place, {"python3": buildpack.python()}), **platform.environ}
    argv = (buildpack.BIN / "compile", app, platform.cache, platform.user_env)
    with subprocess.Popen(
        argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as it:
        try:
            return it.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(it.pid, signal.SIGKILL)
            return it.wait(PATIENCE)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_build_leaves_nothing_that_the_next_one_stumbles_over(bench: Bench, number: int) -> None:
    seed = int(os.environ.get("TAMPU_KILL_SEED") or random.SystemRandom().randrange(10**9))
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    kind = "empty" if number % FROM_NOTHING == 0 else "warm"
    moments = [chance.uniform(0, bench.seconds[kind] * 1.1) for _ in range(chance.choice((1, 1, 2)))]
    print(f"TAMPU_KILL_SEED={seed} {kind} killed after {moments}")  # noqa: T201 - pytest shows it for a failed test
    platform, app = bench.room(f"{kind}-{number}")

    for at, seconds in enumerate(moments):
        start_and_kill(platform, app, bench.place / f"{kind}-{number}" / f"surroundings-{at}", seconds)
    platform.compile(app)

    assert [] == trees.difference(bench.clean, app)
    shutil.rmtree(app.parent)
