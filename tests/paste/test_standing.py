"""Who started a server hears of it last, and may ask it to end as often as it likes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.paste import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARY = Path(standing.__file__).resolve().parents[2]
PATIENCE = 60
READY = """\
import os, socket
from tampu.paste import standing

manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(os.environ["NOTIFY_SOCKET"])
manager.setblocking(False)

def heard():
    try:
        return manager.recv(99).decode()
    except BlockingIOError:
        return "nothing"

standing.on_ready(lambda _: print("one:", heard()))
standing.on_ready(lambda _: print("other:", heard()))
standing.ready()
print("then:", heard())
"""
# The second signal comes while the first is seen to, a line later each time.
ASKED_TWICE = """\
import signal, sys
from tampu.paste import standing

def look(frame, event, _):
    global line
    if event == "line":
        line += 1
        if line == wanted:
            signal.raise_signal(signal.SIGTERM)
    return look

standing.heed_signals()
for wanted in range(1, 30):
    line = 0
    standing.ending.clear()
    sys.settrace(look)
    signal.raise_signal(signal.SIGINT)
    sys.settrace(None)
    assert standing.ending.is_set()
print("ends")
"""


def said(script: str, env: Mapping[str, str] = os.environ) -> str:
    argv = (sys.executable, "-c", script)
    env = {**env, "PYTHONPATH": str(LIBRARY)}
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def test_who_started_it_hears_of_it_when_all_is_done(tmp_path: Path) -> None:
    env = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}

    assert "other: nothing\none: nothing\nthen: READY=1\n" == said(READY, env)


def test_to_be_asked_again_while_it_is_asked_is_no_end_of_all() -> None:
    assert "ends\n" == said(ASKED_TWICE)
