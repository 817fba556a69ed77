"""One program, unchanged: detached by itself, and in the foreground of a real systemd with its watchdog."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.kit.foxes import LIB, until
from tests.kit.sandbox import sandbox

if TYPE_CHECKING:
    from pathlib import Path

HOUSE = LIB.parent
PROGRAM = """
import os, sys, time
sys.path.insert(0, {lib!r})
from tampu import Daemon, notify
daemon = Daemon("fox", pid_dir={run!r}, log=False)
if sys.argv[1] == "status":
    sys.exit(daemon.status())
if sys.argv[1] == "stop":
    sys.exit(daemon.stop())
daemon.start()
notify.status("follows the hen")
pause = notify.watchdog() or 1
while not os.path.exists({run!r} + "/silence"):
    notify.alive()
    time.sleep(pause)
time.sleep(1000)
"""
UNIT = """
[Service]
Type=notify
ExecStart={python} -I -S {program} start
WatchdogSec=2
Restart=on-failure
RestartSec=100ms
"""


def test_detached_and_under_systemd(tmp_path: Path) -> None:
    program, run = tmp_path / "program.py", tmp_path / "run"
    run.mkdir()
    program.write_text(PROGRAM.format(lib=str(LIB), run=str(run)))
    call = (sys.executable, "-I", "-S", str(program))

    assert 0 == subprocess.run((*call, "start"), check=False).returncode
    assert 0 == subprocess.run((*call, "status"), check=False).returncode
    assert 0 == subprocess.run((*call, "stop"), check=False).returncode

    with sandbox(tmp_path / "sandbox", HOUSE, tmp_path) as there:
        unit = UNIT.format(python=sys.executable, program=program)
        there.at("/run/systemd/system").mkdir(exist_ok=True)
        there.at("/run/systemd/system/fox.service").write_text(unit)
        there.well("systemctl", "daemon-reload")

        def asked(name: str) -> str:
            return there.well("systemctl", "show", "--value", f"--property={name}", "fox").strip()

        there.well("systemctl", "start", "fox")
        pid = asked("MainPID")
        until(lambda: asked("StatusText") == "follows the hen")
        told = there.well(*call, "status")
        # Alive for longer than the watchdog waits.
        end = time.monotonic() + 3
        until(lambda: time.monotonic() > end)
        assert (pid, "active", "0") == (asked("MainPID"), asked("ActiveState"), asked("NRestarts"))
        assert f"is running with PID: {pid}" in told
        assert 1 == there.run(*call, "start").returncode

        (run / "silence").touch()
        until(lambda: asked("NRestarts") != "0")
        (run / "silence").unlink()
        until(lambda: asked("MainPID") not in {pid, "0"} and asked("ActiveState") == "active")
        there.well("systemctl", "stop", "fox")
        assert 1 == there.run(*call, "status").returncode
