"""`Daemon`, as programs written for supay use it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import places, status, stop
from tampu.daemon.identity import State
from tests.kit.foxes import LIB, gone, until

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the page of supay shows, with the import changed.
EXAMPLES = """
from tampu import Daemon

def run():
    daemon = Daemon(name='thisScript')
    daemon.start()
    while True:
        do_something()

def stop():
    daemon = Daemon(name='thisScript')
    daemon.stop()

def spawn():
    daemon.spawn_child()
    do_something()  # and then expire!

def status():
    daemon.status()
"""
AROUND = """
import os, sys, time
{examples}
daemon = Daemon(name='thisScript')
def do_something():
    print("does something", os.getpid(), flush=True)
    time.sleep(0.05 if sys.argv[1] == "spawn" else 1000)
globals()[sys.argv[1]]()
"""
OPTIONS = """
import atexit, os, sys, threading, time
from tampu import Daemon
atexit.register(print, "the end of", sys.argv[1])
me = os.environ["ME"]
daemon = Daemon(name='myScript', pid_dir=me, stdin=me + '/logs', stdout=me + '/logs', stderr=me + '/logs')
if sys.argv[1] == "threads":
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    daemon.start()
elif sys.argv[1] == "child":
    daemon.start()
    print("child", daemon.spawn_child())
else:
    code = getattr(daemon, sys.argv[1])()
    if sys.argv[1] not in ("start", "restart"):
        sys.exit(code)
print("runs", os.getpid(), os.getcwd(), oct(os.umask(0)), sys.stdin.read())
sys.stderr.write("and complains\\n")
time.sleep(1000)
"""


class Script:
    """A program and the home of its user, who isn't root as far as it can see."""

    def __init__(self, folder: Path, text: str, name: str) -> None:
        self.path = folder / "program.py"
        self.path.write_text(text)
        self.env = {"PATH": os.defpath, "HOME": str(folder), "ME": str(folder), "PYTHONPATH": str(LIB)}
        self.place = places.place(name, folder)
        self.folder = folder

    def __call__(self, verb: str, **env: str) -> tuple[int, str, str]:
        argv = (sys.executable, "-W", "error", self.path, verb)
        done = subprocess.run(
            argv, env={**self.env, **env}, capture_output=True, text=True, check=False, cwd=self.folder
        )
        return done.returncode, done.stdout, done.stderr

    def pid(self) -> int:
        return status.status(self.place).pid

    def log(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    (tmp_path / "logs").mkdir()
    script = Script(tmp_path, OPTIONS, "myScript")
    yield script
    stop.stop(script.place, 0)


def test_the_examples_run_with_the_import_changed(tmp_path: Path) -> None:
    """As a user who may not write to /run: theirs is in their home."""
    text = EXAMPLES.replace("from tampu", f"os.geteuid = lambda: 4711\nsys.path.insert(0, {str(LIB)!r})\nfrom tampu")
    script = Script(tmp_path, AROUND.format(examples=text), "thisScript")
    state = tmp_path / ".local" / "state" / "tampu"
    (state / "log").mkdir(parents=True)
    script.place = places.place("thisScript", state / "run")
    try:
        missing = script("status")
        ran = script("run")
        pid = script.pid()
        told = script("status")
        spawned = script("spawn")
        until(lambda: script.log(".local/state/tampu/log/thisScript.log").count("does something") == 2)
        stopped = script("stop")
    finally:
        stop.stop(script.place, 0)

    assert (0, "", "\nPID file not found. Process may not be running.\n\n") == missing
    assert (0, f"\nStarting the thisScript daemon.\nWith PID:\t {pid}\n\n", "") == ran
    assert (0, f"\nthisScript process is running with PID: {pid}\n\n", "") == told
    assert (0, "", "") == spawned
    assert (0, f"\nStopping the thisScript daemon.\nWith pid number {pid}\n\n", "") == stopped
    assert gone(pid)


def test_it_runs_apart_from_everything(script: Script) -> None:
    code, out, err = script("start")
    pid = script.pid()
    until(lambda: "complains" in script.log("logs/myScript.log"))

    assert (0, f"\nStarting the myScript daemon.\nWith PID:\t {pid}\n\n", "") == (code, out, err)
    assert f"runs {pid} / 0o22 \nand complains\n" == script.log("logs/myScript.log")
    modes = [(script.folder / name).stat().st_mode & 0o777 for name in ("myScript.pid", "logs/myScript.log")]
    assert [0o644, 0o640] == modes
    assert str(pid) == script.log("myScript.pid").splitlines()[0]
    assert os.getsid(pid) not in {pid, os.getsid(0)}


def test_only_one_of_a_name_runs(script: Script) -> None:
    script("start")
    pid = script.pid()

    assert (1, "the end of start\n", "\nmyScript already running\n") == script("start")
    assert pid == script.pid()


def test_codes_of_status_are_those_of_init_scripts(script: Script) -> None:
    codes = [script("status")[0]]
    script("start")
    codes.append(script("status")[0])
    pid = script.pid()
    os.kill(pid, signal.SIGKILL)
    until(lambda: gone(pid))
    codes.append(script("status")[0])
    Path(script.place.record).write_text(f"{os.getpid()}\n")
    codes.append(script("status")[0])
    Path(script.place.record).unlink()

    assert [3, 0, 1, 4] == codes


def test_a_stale_record_is_removed(script: Script) -> None:
    Path(script.place.record).write_text("999999999\n")

    code, out, _ = script("stop")

    assert (0, "\nRemoved defunct PID file. Try starting the daemon now.\n\nthe end of stop\n") == (code, out)
    assert not Path(script.place.record).exists()


@pytest.mark.parametrize("number", ["0", "-1", "", "a lot"])
def test_what_is_no_number_of_anybody_is_removed(script: Script, number: str) -> None:
    Path(script.place.record).write_text(number)

    assert 0 == script("stop")[0]
    assert not Path(script.place.record).exists()


def test_a_number_alone_is_no_reason_to_signal(script: Script) -> None:
    Path(script.place.record).write_text(f"{os.getpid()}\n")

    code, _, err = script("stop")

    assert (1, True) == (code, "daemon::out-of-reach" in err)
    Path(script.place.record).unlink()


def test_restart_runs_a_new_one(script: Script) -> None:
    script("start")
    before = script.pid()

    code, out, _ = script("restart")

    after = script.pid()
    assert gone(before)
    assert 0 == code
    assert f"With pid number {before}" in out
    assert f"With PID:\t {after}" in out


def test_who_runs_threads_is_executed_once_more(script: Script) -> None:
    code, out, err = script("threads")

    pid = script.pid()
    assert (0, f"\nStarting the myScript daemon.\nWith PID:\t {pid}\n\n", "") == (code, out, err)
    assert (1, "\nmyScript already running\n") == script("threads")[::2]


def test_a_child_of_a_running_daemon_is_one_more_and_ends_with_it(script: Script) -> None:
    script("child")
    pid = script.pid()
    until(lambda: script.log("logs/myScript.log").count("complains") == 2)
    said = script.log("logs/myScript.log").splitlines()
    told = sorted(int(line.split()[1]) for line in said if line.startswith("child"))
    child = told[-1]

    assert [0, child] == told
    assert child != pid
    assert not gone(child)
    script("stop")
    assert gone(pid)
    assert gone(child)


def test_a_log_that_can_not_be_opened_is_told_with_an_exit_code(script: Script) -> None:
    (script.folder / "logs").rmdir()
    (script.folder / "logs").symlink_to(script.folder / "nowhere" / "deep")

    code, out, err = script("start")

    assert (1, "the end of start\n") == (code, out)
    assert "No such file or directory" in err
    assert State.ABSENT == status.status(script.place).state


MANAGERS = {
    "systemd": "os.environ['SYSTEMD_EXEC_PID'] = str(os.getpid())",
    "supervisord": "os.environ['SUPERVISOR_ENABLED'] = '1'; os.setpgrp()",
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_under_a_service_manager_it_stays_and_says_that_it_is_ready(
    manager: str, script: Script, tmp_path: Path
) -> None:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.settimeout(60)
    with heard:
        heard.bind(str(tmp_path / "notify"))
        env = {**script.env, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        # As they do it between fork and exec.
        code = f"import os, sys; {MANAGERS[manager]}; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
        argv = (sys.executable, "-c", code, script.path, "start")
        with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=tmp_path) as process:
            said = heard.recv(100)
            told = status.status(script.place)
            process.terminate()
            process.communicate()

    assert (b"READY=1", process.pid, State.RUNNING) == (said, told.pid, told.state)
    assert -signal.SIGTERM == process.returncode
    assert State.DEAD == status.status(script.place).state
