from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import daemons
from tests.kit.foxes import Daemons

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Daemons]:
    """A daemon to be, which is gone at the end of the test."""
    made = Daemons(tmp_path)
    yield made
    made.stop(0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[daemons.Desk]:
    with daemons.desk(tmp_path) as made:
        yield made
