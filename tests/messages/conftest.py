from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.kit import failures, store
from tests.kit.builds import Platform
from tests.messages.circumstances import CIRCUMSTANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.failures import Bench

# Apps of these kinds differ in what goes wrong after the same packages were installed.
SAME_PACKAGES = {"collectstatic": "collectstatic::failed", "serve": "serve::no-module"}


@pytest.fixture(scope="session")
def seeds(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`seeds(reason)` is a cache as an earlier build of such an app leaves it; read only: tests take copies."""
    own: dict[str, Path] = {}

    def make(first: str, place: Path) -> None:
        place.mkdir()
        platform = Platform.make(place / "platform", mirror, index, seed)
        with ExitStack() as stack:
            failures.bench(first, platform, index, place, stack).run()

    def seed_of(reason: str) -> Path:
        first = SAME_PACKAGES.get(reason.partition("::")[0])
        if first is None:
            return seed
        if first not in own:
            made = store.shared(tmp_path_factory, f"seed of {failures.file_name(first)}", lambda at: make(first, at))
            own[first] = tmp_path_factory.mktemp("seed") / "cache"
            subprocess.run(("cp", "-a", made / "platform" / "cache", own[first]), check=True)
        return own[first]

    return seed_of


@pytest.fixture
def failing(mirror: Path, index: str, seeds: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[[str], Bench]]:
    """`failing(reason)` sets up the app that ends with that error, and what surrounds it."""
    with ExitStack() as stack:

        def set_up(reason: str) -> Bench:
            platform = Platform.make(tmp_path / "a platform", mirror, index, seeds(reason))
            bench = failures.bench(reason, platform, index, tmp_path, stack)
            if reason in CIRCUMSTANCES:
                CIRCUMSTANCES[reason](bench)
            return bench

        yield set_up
