from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import pasted

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def app_python(index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an app's environment, with all servers in it that a config may name."""
    return pasted.make_environment(index, tmp_path_factory.mktemp("environment") / "venv")
