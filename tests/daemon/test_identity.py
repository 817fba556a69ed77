"""Who the daemon is while it comes and goes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import identity, locks, processes, start, status
from tampu.daemon.identity import State
from tampu.daemon.wish import Notified
from tests.kit.foxes import Daemons, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.daemon.wish import Wish

PYTHON = (sys.executable, "-I", "-S", "-c")


def test_who_kills_the_starter_leaves_one_that_runs(fox: Daemons) -> None:
    starter = forked(lambda: fox.start(ready=Notified()))
    until(lambda: holder(fox, locks.READINESS) == starter)
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)

    until(lambda: status.status(fox.place).state == State.RUNNING)
    with pytest.raises(start.AlreadyRunning):
        fox.start()


def test_what_a_killed_starter_left_half_done_is_waited_for(fox: Daemons) -> None:
    begun, goes_on = fox.folder / "begun", fox.folder / "goes on"

    def fails_at_last(_: Wish) -> int:
        begun.touch()
        until(goes_on.exists)
        raise OSError(errno.EIO, "at last")

    starter = forked(lambda: start.start(fox.wish, fails_at_last))
    until(begun.exists)
    half = status.status(fox.place)
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    now = status.status(fox.place)
    assert (State.STARTING, half.pid) == (now.state, now.pid)

    def lets_it_go_on() -> None:
        until(lambda: holder(fox, locks.CHANGE))
        goes_on.touch()

    helper = forked(lets_it_go_on)

    assert half.pid != fox.start().pid
    assert State.RUNNING == status.status(fox.place).state
    os.waitpid(helper, 0)


def test_one_that_was_killed_is_waited_for(fox: Daemons) -> None:
    """However long the kernel takes to clear its memory away."""
    started = fox.start(*PYTHON, "import time; much = b'x' * (200 << 20); print('much', flush=True); time.sleep(1000)")
    fox.says("much")
    os.kill(started.pid, signal.SIGKILL)
    until(lambda: not command_line(started.pid))

    assert started.pid != fox.start().pid


def test_one_whose_first_thread_has_ended_runs(fox: Daemons) -> None:
    code = """
import ctypes, os, threading, time
threading.Thread(target=time.sleep, args=(1000,)).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)
"""
    pid = fox.start(*PYTHON, code).pid
    until(lambda: (there := processes.read(pid)) and there.state == "Z")

    found = identity.look(fox.place).process
    assert found
    assert (pid, "Z", False) == (found.pid, found.state, found.ending)
    with pytest.raises(start.AlreadyRunning):
        fox.start()


def test_a_number_that_an_older_record_has_too_makes_it_nobodys_record(fox: Daemons) -> None:
    """As for one that has its life already, and writes its record next."""
    started = fox.start()
    file = Path(fox.place.record)
    record = file.read_text()
    process = processes.read(started.pid)
    assert process
    file.write_text(record.replace(f"started {process.ticks}", f"started {process.ticks - 1}"))

    found = identity.look(fox.place)
    assert (started.pid, None) == (found.pid, found.record)
    file.write_text(record)


def forked(work: Callable[[], object]) -> int:
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return child


def holder(fox: Daemons, byte: int) -> int | None:
    lock = locks.look_at(fox.place)
    if not lock:
        return None
    try:
        return lock.holder(byte)
    finally:
        lock.close()


def command_line(pid: int) -> bytes:
    """Nothing of one that has no memory any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
