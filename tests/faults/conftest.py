from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.enduring import FILES
from tests.kit import builds, store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def running_app(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a built app, which is only read."""

    def build(place: Path) -> None:
        platform = builds.Platform.make(place / "platform", mirror, index, seed)
        platform.compile(builds.write_app(place / "app", FILES))

    return store.shared(tmp_path_factory, "enduring", build) / "app"
