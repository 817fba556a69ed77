"""Whatever several people do to one server at once: there is never a second one, and all are told the truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.kit.served import free_port

ROUNDS = Path(__file__).resolve().parents[1] / "kit" / "serve_rounds.py"
# For more: how many times as often.
TIMES = int(os.environ.get("TAMPU_ROUNDS", "1"))
RACES = 4
PATIENCE = 300


def test_six_at_once(tmp_path: Path) -> None:
    argv = (sys.executable, str(ROUNDS), str(tmp_path), str(RACES * TIMES), str(free_port()))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE * TIMES)

    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert (RACES * TIMES, []) == (told["done"], told["wrong"])
