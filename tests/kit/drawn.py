"""Who draws the cases: hypothesis, which makes those that fail small, or in a full run what is quick."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

QUICK = "TAMPU_SEED" in os.environ
if TYPE_CHECKING or not QUICK:
    from hypothesis import example, given
    from hypothesis import strategies as st
else:
    from tests.kit import quick as st
    from tests.kit.quick import example, given

__all__ = ("QUICK", "example", "given", "st")
