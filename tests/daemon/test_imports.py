from __future__ import annotations

import subprocess
import sys

from tests.kit.foxes import LIB

ASKS = f"""
import sys; sys.path.insert(0, {str(LIB)!r})
import tampu
assert not [name for name in sys.modules if name.startswith("tampu.")]
from tampu import Daemon
print(*sorted({{name.split(".")[1] for name in sys.modules if name.startswith("tampu.")}}))
print(*[name for name in ("argparse", "ctypes", "subprocess", "json", "threading") if name in sys.modules])
"""


def test_a_daemon_loads_little() -> None:
    done = subprocess.run((sys.executable, "-I", "-S", "-c", ASKS), capture_output=True, text=True, check=True)

    assert "daemon errors\n\n" == done.stdout
