"""Whatever is done to a daemon, at once or at the worst instant: status, start and stop tell and do the truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = Path(__file__).resolve().parents[1] / "kit" / "rounds.py"
# For more: how many times as often.
TIMES = int(os.environ.get("TAMPU_ROUNDS", "1"))
RACES, KILLS, REUSES = 5, 15, 6
# Of the system calls of start and stop, every so many'th is a place to be killed at.
EVERY = 53
PATIENCE = 500


def rounds(what: str, folder: Path, number: int, inside: Sequence[str] = ()) -> tuple[int, list[str]]:
    """How many there were, and what was wrong."""
    argv = (*inside, sys.executable, "-I", "-S", str(ROUNDS), what, str(folder), str(number))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE * TIMES)
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    return told["done"], told["wrong"]


def test_sixteen_at_once(tmp_path: Path) -> None:
    assert (RACES * TIMES, []) == rounds("race", tmp_path, RACES * TIMES)


def test_killed_at_any_instant(tmp_path: Path) -> None:
    assert (KILLS * TIMES, []) == rounds("kill", tmp_path, KILLS * TIMES)


def test_killed_at_a_system_call(tmp_path: Path) -> None:
    kills, wrong = rounds("syscalls", tmp_path, max(1, EVERY // TIMES))

    assert [] == wrong
    assert kills >= 10


def test_a_stranger_with_the_number_of_the_daemon_is_left_alone(tmp_path: Path) -> None:
    require.need("unshare")
    require.need_root()

    apart = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    assert (REUSES * TIMES, []) == rounds("pids", tmp_path, REUSES * TIMES, apart)
