from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.kit import failures
from tests.messages.circumstances import CIRCUMSTANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.builds import Platform
    from tests.kit.failures import Bench


@pytest.fixture
def failing(platform: Platform, index: str, tmp_path: Path) -> Iterator[Callable[[str], Bench]]:
    """`failing(reason)` sets up the app that ends with that error, and what surrounds it."""
    with ExitStack() as stack:

        def set_up(reason: str) -> Bench:
            bench = failures.bench(reason, platform, index, tmp_path, stack)
            if reason in CIRCUMSTANCES:
                CIRCUMSTANCES[reason](bench)
            return bench

        yield set_up
