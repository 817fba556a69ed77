from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import failures

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.failures import Bench

MENDED = [reason for reason in failures.ids() if failures.circumstances(reason).mended]


@pytest.mark.parametrize("reason", MENDED)
def test_what_an_error_says_helps(reason: str, failing: Callable[[str], Bench]) -> None:
    """Somebody follows the advice word by word, and the next build goes well."""
    bench = failing(reason)
    advised = [line.strip() for line in failures.message(bench.run().err).splitlines()]
    mended = bench.circumstances.mended
    assert mended["literal"] in advised

    subprocess.run(("git", "init", "--quiet", bench.app), check=True)
    subprocess.run(("git", "-C", bench.app, "add", "--all"), check=True, capture_output=True)
    env = {"PATH": "/usr/bin:/bin", "LITERAL": mended["literal"], "USER_ENV": str(bench.user_env)}
    subprocess.run(("bash", "-e", "-c", mended["by"]), check=True, capture_output=True, cwd=bench.app, env=env)

    bench.leave_circumstances()
    result = bench.run()
    assert 0 == result.code, result.out + result.err
