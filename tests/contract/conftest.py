from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.kit.buildpack import BIN
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def buildpack(tmp_path: Path) -> Path:
    """A checkout of our own: builds write into it what later buildpacks source."""
    place = tmp_path / "a buildpack"
    for name in ("bin", "config", "lib", "vendor"):
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(BIN.parent / name, place / name, symlinks=True, ignore=leave_out, copy_function=os.link)
    return place


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app that asks for one package, and says which one it got."""
    return write_app(
        tmp_path / "app",
        {"requirements.txt": "alpha==1.0\n", "app.py": "import alpha\n\nprint('alpha', alpha.__version__)\n"},
    )
