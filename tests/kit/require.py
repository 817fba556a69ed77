"""Programs that some tests need: a missing one skips its tests by name, or fails them where all must run."""

from __future__ import annotations

import os
import shutil

import pytest


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            lack(program)


def need_root() -> None:
    if os.geteuid() != 0:
        lack("root")


def lack(what: str) -> None:
    """Skip the test for want of this; fail it where nothing may be skipped."""
    if os.environ.get("TAMPU_REQUIRE") == "all":
        pytest.fail(f"needs {what}, which this machine lacks (TAMPU_REQUIRE=all)", pytrace=False)
    pytest.skip(f"needs {what}")
