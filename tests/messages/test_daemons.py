"""What is read of daemons where no command leads to it within the patience of a test."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import become, identity, locks, stop
from tampu.daemon.identity import State
from tampu.errors import TampuError
from tests.kit import failures, require
from tests.kit.foxes import LIB, Daemons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.golden import Golden

NOBODY = 65534


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Daemons]:
    fox = Daemons(tmp_path)
    yield fox
    fox.stop(0)


def as_nobody(work: Callable[[], object]) -> str:
    """The error that it ends with for a user who isn't root."""
    require.need_root()
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            work()
        except TampuError as error:
            os.write(tell, error.as_text().encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told) as file:
        text = file.read()
    os.waitpid(child, 0)
    return text


def check(golden: Golden, reason: str, text: str) -> None:
    assert text.endswith(f"({reason})\n"), text
    golden.check(failures.golden(reason), failures.NUMBER.sub("<number>", text))


def test_somebody_is_at_it_and_does_not_come_to_an_end(fox: Daemons, golden: Golden) -> None:
    child = os.fork()
    if not child:
        locks.open_lock(fox.place).change()
        os.kill(os.getpid(), 19)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    lock = locks.open_lock(fox.place)
    hours = itertools.count(step=3600)

    with pytest.raises(locks.Busy) as caught:
        lock.change(clock=lambda: float(next(hours)))

    lock.close()
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert locks.Busy.reason == caught.value.reason
    check(golden, "daemon::busy", caught.value.as_text())


def test_only_root_becomes_somebody_else(fox: Daemons, golden: Golden) -> None:
    check(golden, "daemon::may-not-switch", as_nobody(lambda: become.person(fox.asked(user="daemon"))))


def test_who_may_not_signal_it(fox: Daemons, golden: Golden) -> None:
    fox.start()
    found = identity.look(fox.place)

    text = as_nobody(lambda: stop.end(fox.place, found, 0.1))

    check(golden, "daemon::unstoppable", text)


def test_a_program_without_a_file_runs_threads(tmp_path: Path, golden: Golden) -> None:
    script = (
        f"import sys, threading; sys.path.insert(0, {str(LIB)!r}); from tampu import Daemon\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        f"Daemon('fox', pid_dir={str(tmp_path)!r}, log=False).start()\n"
    )
    argv = (sys.executable, "-I", "-")
    done = subprocess.run(argv, input=script, capture_output=True, text=True, check=False, timeout=60)

    assert 1 == done.returncode
    assert 1 == threading.active_count()
    check(golden, "daemon::threads", done.stderr.lstrip("\n"))


def test_a_daemon_without_a_file_starts_itself_anew(tmp_path: Path, golden: Golden) -> None:
    script = (
        f"import sys, time; sys.path.insert(0, {str(LIB)!r}); from tampu import Daemon\n"
        f"daemon = Daemon('fox', pid_dir={str(tmp_path)!r}, catch_all_log={str(tmp_path)!r})\n"
        "daemon.start(); daemon.restart(); time.sleep(1000)\n"
    )
    fox = Daemons(tmp_path)
    try:
        subprocess.run((sys.executable, "-I", "-"), input=script, text=True, check=True, timeout=60)
        text = fox.says("(daemon::not-anew)\n")
        assert State.RUNNING is identity.look(fox.place).state
    finally:
        fox.stop(0)

    check(golden, "daemon::not-anew", text.lstrip("\n"))
