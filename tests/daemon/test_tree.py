"""The zoo: whatever a daemon has become and left behind, it is gone after stop, and nobody else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import identity, processes, tree
from tampu.daemon.identity import State
from tests.kit.foxes import LIB, Daemons, gone, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PYTHON = (sys.executable, "-I", "-S", "-c")
# Each ends with a line that names all of them.
FORK = """
import os, signal, sys, time
def child(work):
    pid = os.fork()
    if not pid:
        work()
        os._exit(0)
    return pid
def sleep():
    # Python would miss a signal that comes just before one long sleep.
    for _ in range(10000):
        time.sleep(0.1)
def say(*pids):
    print("all", *pids, flush=True)
"""
ZOO = {
    "fork": "say(os.getpid(), child(sleep)); sleep()",
    "setsid": "say(os.getpid(), child(lambda: (os.setsid(), sleep()))); sleep()",
    "double fork": """
told, tell = os.pipe()
def leave():
    os.setsid()
    os.write(tell, str(child(sleep)).encode())
os.waitpid(child(leave), 0)
say(os.getpid(), os.read(told, 20).decode()); sleep()""",
    "closed descriptors": """
told, tell = os.pipe()
def leave():
    os.setsid()
    os.write(tell, str(child(lambda: (os.closerange(0, 1024), sleep()))).encode())
os.waitpid(child(leave), 0)
say(os.getpid(), os.read(told, 20).decode()); sleep()""",
    "no environment": """
told, tell = os.pipe()
def leave():
    os.setsid()
    os.write(tell, str(child(lambda: os.execve("/bin/sleep", ("sleep", "1000"), {}))).encode())
os.waitpid(child(leave), 0)
say(os.getpid(), os.read(told, 20).decode()); sleep()""",
    "ignored TERM": """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(os.getpid(), child(sleep)); sleep()""",
    "stopped": """
def stand():
    os.kill(os.getpid(), signal.SIGSTOP)
    sleep()
worker = child(stand)
os.waitpid(worker, os.WUNTRACED)
say(os.getpid(), worker)
os.kill(os.getpid(), signal.SIGSTOP); sleep()""",
    "zombie": """
worker = child(lambda: None)
os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
say(os.getpid(), worker); sleep()""",
    "lock closed": "os.closerange(3, 1024); say(os.getpid(), child(sleep)); sleep()",
    "first thread ended": """
import ctypes, threading
threading.Thread(target=sleep).start()
say(os.getpid(), child(sleep))
ctypes.CDLL(None).syscall({"x86_64": 60}.get(os.uname().machine, 93), 0)""",
    "executes at its end": """
def become_another(*_):
    os.execv("/bin/sleep", ("sleep", "1000"))
told, tell = os.pipe()
def last():
    signal.signal(signal.SIGTERM, become_another)
    os.write(tell, b"there")
    sleep()
worker = child(last)
os.read(told, 5)
say(os.getpid(), worker); sleep()""",
    "forks at its end": """
def forks(*_):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker = child(lambda: (os.setsid(), sleep()))
    say(os.getpid(), worker)
    os._exit(0)
signal.signal(signal.SIGTERM, forks)
say(os.getpid()); sleep()""",
}
SOON = 0.3


def pids(said: str) -> list[int]:
    return [int(pid) for line in said.splitlines() if line.startswith("all ") for pid in line.split()[1:]]


@pytest.mark.parametrize("kind", ZOO)
def test_it_is_gone_after_stop_and_a_neighbour_is_not(kind: str, fox: Daemons, neighbour: int) -> None:
    fox.start(*PYTHON, FORK + ZOO[kind])
    main = pids(fox.says("all "))[0]

    stopped = fox.stop(SOON if kind == "ignored TERM" else 60)

    everyone = pids(fox.said())
    assert main == stopped.pid
    assert [] == [pid for pid in everyone if not gone(pid)]
    assert (kind == "ignored TERM") == bool(stopped.killed)
    assert not gone(neighbour)
    assert State.ABSENT == identity.look(fox.place).state


def test_who_is_killed_late_has_time_to_end(fox: Daemons) -> None:
    """As when the machine stood still just before."""
    fox.start(*PYTHON, FORK + ZOO["ignored TERM"])
    everyone = pids(fox.says("all "))

    assert sorted(everyone) == sorted(fox.stop(-60).killed)
    assert [] == [pid for pid in everyone if not gone(pid)]


@pytest.mark.parametrize("kind", ["setsid", "double fork", "closed descriptors", "no environment"])
def test_what_a_killed_daemon_left_is_gone_after_the_next_start(kind: str, fox: Daemons) -> None:
    fox.start(*PYTHON, FORK + ZOO[kind])
    main, worker = pids(fox.says("all "))
    os.kill(main, signal.SIGKILL)
    until(lambda: gone(main))
    assert State.DEAD == identity.look(fox.place).state
    assert not gone(worker)

    started = fox.start()

    assert gone(worker)
    assert not gone(started.pid)


def test_a_daemon_that_another_one_started_is_not_of_it(fox: Daemons, tmp_path: Path) -> None:
    hen = Daemons(tmp_path, "hen")
    script = f"""
import sys; sys.path.insert(0, {str(LIB)!r}); sys.path.insert(0, {str(LIB.parent)!r})
from tampu import Daemon
if not os.fork():
    Daemon("hen", pid_dir={str(tmp_path)!r}, catch_all_log={str(tmp_path)!r}).start()
    say(os.getpid(), child(sleep))
sleep()"""
    fox.start(*PYTHON, FORK + script)
    both = pids(hen.says("all "))

    try:
        fox.stop()
        assert [] == [pid for pid in both if gone(pid)]
    finally:
        hen.stop()
    assert [] == [pid for pid in both if not gone(pid)]


def test_a_record_that_another_user_wrote_gives_them_no_power_over_others(fox: Daemons, neighbour: int) -> None:
    """It names a process of root's, and is not root's."""
    if os.geteuid() != 0:
        pytest.skip("only root could be talked into it")
    started = fox.start()
    os.chown(fox.place.record, 65534, 65534)
    found = identity.look(fox.place)
    assert found.record

    with tree.members(found) as grips:
        assert [] == [grip.pid for grip in grips]

    os.chown(fox.place.record, 0, 0)
    assert started.pid == fox.stop().pid
    assert not gone(neighbour)


def test_a_grip_holds_nobody_but_whom_it_was_made_for(neighbour: int) -> None:
    process = processes.read(neighbour)
    assert process
    other = processes.Process(pid=neighbour, parent=1, session=1, ticks=process.ticks + 1, state="S")

    assert processes.grip(other) is None
    held = processes.grip(process)
    assert held
    os.kill(neighbour, signal.SIGKILL)
    assert processes.wait([held], 60) == [held]
    held.signal(signal.SIGTERM)
    held.close()
    assert processes.grip(process) is None


@pytest.fixture
def neighbour() -> Iterator[int]:
    """Somebody who has nothing to do with it, in the session and with the parent that we have."""
    with subprocess.Popen(("sleep", "1000")) as process:
        # Not in the same tick as what is started next.
        time.sleep(2 / os.sysconf("SC_CLK_TCK"))
        yield process.pid
        process.kill()
