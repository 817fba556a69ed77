from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds
from tests.kit.creating import Desk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def settings(index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has tampu's tools already."""
    home = tmp_path_factory.mktemp("home of creators")
    builds.clone(seed / "tampu", home / ".cache" / "tampu")
    found = {"HOME": str(home), "PATH": os.defpath, "PIP_INDEX_URL": index, "LANG": "C.UTF-8"}
    Desk(folder=home, env=found).well("--list-templates")
    return found


@pytest.fixture
def desk(settings: dict[str, str], tmp_path: Path) -> Desk:
    folder = tmp_path / "work"
    folder.mkdir()
    return Desk(folder=folder, env=settings)
