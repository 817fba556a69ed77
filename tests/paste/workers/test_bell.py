"""Who is asked to end just before it waits for something else ends nevertheless."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tampu.paste.workers import bell

LIBRARY = Path(bell.__file__).resolve().parents[3]
PATIENCE = 30
# A signal that another thread gets interrupts nothing: as one that comes in the instant before a call that waits.
ASKED = """\
import os, signal, subprocess, sys, threading, time
sys.path.insert(0, sys.argv[1])
from tampu.paste import standing
from tampu.paste.servers import uwsgi
from tampu.paste.workers.member import Member

def ask():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

standing.heed_signals()
life, held = os.pipe()
started = subprocess.Popen(("sleep", "1000"))
standing.on_end(started.terminate)
threading.Thread(target=ask).start()
{wait}
started.wait()
print("ends")
"""


@pytest.mark.parametrize("wait", ["Member([], None, print, life).run(0)", "uwsgi._ended(started)"])
def test_a_signal_is_heard_whenever_it_comes(wait: str) -> None:
    argv = (sys.executable, "-c", ASKED.format(wait=wait), str(LIBRARY))
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout

    assert said.endswith("ends\n")
