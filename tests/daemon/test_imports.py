from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.kit.foxes import LIB, until

if TYPE_CHECKING:
    from pathlib import Path

ASKS = f"""
import sys; sys.path.insert(0, {str(LIB)!r})
import tampu
assert not [name for name in sys.modules if name.startswith("tampu.")]
from tampu import Daemon
print(*sorted({{name.split(".")[1] for name in sys.modules if name.startswith("tampu.")}}))
"""
STARTS = f"""
import sys, time; sys.path.insert(0, {str(LIB)!r})
from tampu import Daemon
daemon = Daemon("light", sys.argv[1], catch_all_log=sys.argv[1])
daemon.{{verb}}()
print(*sys.modules, "and no more")
time.sleep(1000)
"""
# Each takes as long to load as a bare interpreter does in all, or pulls in one that does.
HEAVY = {
    *("argparse", "collections", "contextlib", "ctypes", "dataclasses", "enum", "functools", "importlib", "inspect"),
    *("json", "pathlib", "re", "shutil", "signal", "subprocess", "tempfile", "threading", "typing", "urllib"),
}


def test_a_daemon_loads_little() -> None:
    done = subprocess.run((sys.executable, "-I", "-S", "-c", ASKS), capture_output=True, text=True, check=True)

    assert "daemon errors values\n" == done.stdout


def test_a_start_loads_nothing_that_is_slow(tmp_path: Path) -> None:
    log = tmp_path / "light.log"
    words = (sys.executable, "-I", "-S", "-c", STARTS.format(verb="start"), str(tmp_path))
    subprocess.run(words, check=True, capture_output=True)
    try:
        until(lambda: "and no more" in log.read_text())
        loaded = {name.partition(".")[0] for name in log.read_text().split()}
    finally:
        subprocess.run((*words[:-2], STARTS.format(verb="stop").partition("print")[0], str(tmp_path)), check=True)

    assert set() == loaded & HEAVY
