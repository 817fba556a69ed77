"""One program, unchanged: detached by itself, and in the foreground of a real systemd and of a real supervisord."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.kit import buildpack
from tests.kit.foxes import LIB, until
from tests.kit.sandbox import sandbox
from tests.kit.supervised import BASE, Supervised, lay_supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.sandbox import Sandbox

HOUSE = LIB.parent
PYTHON = (sys.executable, "-I", "-S")
TAMPU = (*PYTHON, str(buildpack.BIN / "tampu"), "daemon")
PROGRAM = """
import os, sys, time
sys.path.insert(0, {lib!r})
from tampu import Daemon, notify
verb, run = sys.argv[1:]
daemon = Daemon("fox", pid_dir=run, log=False)
if verb in ("status", "stop"):
    sys.exit(getattr(daemon, verb)())
if verb == "start":
    daemon.start()
print("began", os.getpid(), os.getcwd(), flush=True)
notify.ready("follows the hen")
pause = notify.watchdog()
order = ""
while order != "silence":
    notify.alive()
    time.sleep(min(pause or 1, 0.05))
    if os.path.exists(run + "/order"):
        order = open(run + "/order").read()
        os.unlink(run + "/order")
    if order.isdecimal():
        sys.exit(int(order))
    if order == "restart" or order == "worker" and not os.fork():
        daemon.restart()
        os._exit(0)
    order = "silence" if order == "silence" else ""
time.sleep(1000)
"""
WATCHDOG = 2
UNIT = """
[Unit]
StartLimitIntervalSec=0
[Service]
Type=notify
ExecStart={command}
WatchdogSec={watchdog}
Restart=on-failure
RestartSec=100ms
"""
SECTION = """
[program:fox]
command={command}
autostart=false
startsecs=0
redirect_stderr=true
stdout_logfile={log}
"""
EXITED = re.compile(r"exited: fox \(exit status (\d+)")


class Manager(Protocol):
    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Where it counts processes as it does."""

    def act(self, verb: str) -> None: ...

    def pid(self) -> int:
        """Of what it looks after; 0 if nothing runs."""

    def log(self) -> str: ...

    def code(self) -> int:
        """How it ended last."""


class Systemd:
    def __init__(self, box: Sandbox, command: str) -> None:
        self.box, self.run, self._command = box, box.run, command
        box.at("/run/systemd/system").mkdir(exist_ok=True)
        # Long enough for a machine that stands still.
        self.watch(0 if "--foreground" in command else 300)

    def watch(self, seconds: int) -> None:
        """From its next start on, it has to say so often that it is alive."""
        unit = UNIT.format(command=self._command, watchdog=seconds)
        self.box.at("/run/systemd/system/fox.service").write_text(unit)
        self.box.well("systemctl", "daemon-reload")

    def act(self, verb: str) -> None:
        self.box.well("systemctl", verb, "fox")

    def asked(self, name: str) -> str:
        return self.box.well("systemctl", "show", "--value", f"--property={name}", "fox").strip()

    def pid(self) -> int:
        return int(self.asked("MainPID"))

    def log(self) -> str:
        return self.box.well("journalctl", "--unit=fox", "--output=cat")

    def code(self) -> int:
        """systemd itself has forgotten it as soon as there is another one."""
        found = re.findall(r"code=exited, status=(\d+)/", self.log())
        return int(found[-1] if self.pid() else self.asked("ExecMainStatus"))


class Supervisord:
    def __init__(self, made: Supervised, command: str) -> None:
        self.made = made
        log = made.folder / "fox.log"
        made.config = BASE.replace("/dev/null", str(made.folder / "supervisord.log"))
        made.config += SECTION.format(command=command, log=log)
        made.start()
        until((made.run / "supervisor.sock").exists)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    def act(self, verb: str) -> None:
        said = self.made.control(verb, "fox")
        assert "ERROR" not in said, said

    def pid(self) -> int:
        return int(self.made.control("pid", "fox"))

    def log(self) -> str:
        return (self.made.folder / "fox.log").read_text()

    def code(self) -> int:
        return int(EXITED.findall((self.made.folder / "supervisord.log").read_text())[-1])


@contextmanager
def systemd(place: Path, command: str, _: str) -> Iterator[Manager]:
    with sandbox(place / "sandbox", HOUSE, place) as box:
        yield Systemd(box, command)


@contextmanager
def supervisord(place: Path, command: str, index: str) -> Iterator[Manager]:
    made = Supervised(library=lay_supervisor(index, place / "supervisor"), folder=place / "kept")
    try:
        yield Supervisord(made, command)
    finally:
        made.close()


class Fox:
    def __init__(self, place: Path) -> None:
        self.manager: Manager
        self.program, self.folder = place / "program.py", place / "run"
        self.program.write_text(PROGRAM.format(lib=str(LIB)))
        self.folder.mkdir()

    def words(self, verb: str) -> tuple[str, ...]:
        return (*PYTHON, str(self.program), verb, str(self.folder))

    def command(self, how: str) -> str:
        ready = ("--foreground", "--ready", "notify")
        around = (*TAMPU, "start", "fox", "--pid-dir", str(self.folder), *ready, "--", *self.words("run"))
        return " ".join(self.words("start") if how == "Daemon" else around)

    def order(self, text: str) -> None:
        (self.folder / "new").write_text(text)
        (self.folder / "new").rename(self.folder / "order")

    def status(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.manager.run(*TAMPU, "status", "fox", "--pid-dir", str(self.folder), "--json").stdout)

    def pid(self) -> int:
        found = self.status()
        return int(found["pid"] or 0) if found["state"] == "running" else 0

    def another(self, pid: int) -> int:
        """The next one, at work; nobody knows of another one then."""
        until(lambda: self.pid() not in {0, pid} and f"began {self.pid()} " in self.manager.log())
        assert not self.lives(pid)
        return self.pid()

    def lives(self, pid: int) -> bool:
        """One that nobody has heard of yet is dead nevertheless."""
        return self.manager.run("grep", "-qs", "^State:\t[^ZX]", f"/proc/{pid}/status").returncode == 0

    def kill(self, pid: int) -> None:
        assert pid > 1
        assert 0 == self.manager.run("kill", f"-{signal.SIGKILL.value}", str(pid)).returncode


@pytest.fixture(scope="module", params=[systemd, supervisord])
def keeps(request: pytest.FixtureRequest) -> Callable[..., Any]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module", params=["Daemon", "tampu daemon"])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fox(keeps: Callable[..., Any], how: str, index: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fox]:
    """One that runs; each test leaves it running."""
    place = tmp_path_factory.mktemp("fox")
    made = Fox(place)
    with keeps(place, made.command(how), index) as made.manager:
        made.manager.act("start")
        yield made


def test_the_same_program_detached(tmp_path: Path) -> None:
    fox = Fox(tmp_path)
    codes = [subprocess.run(fox.words(verb), check=False).returncode for verb in ("start", "status", "stop", "status")]

    assert [0, 0, 0, 3] == codes


def test_it_is_ready_known_logged_and_the_only_one(fox: Fox, how: str) -> None:
    manager = fox.manager
    until(lambda: "began" in manager.log())
    kept = manager.pid()
    began = fox.another(-1)

    assert (began == kept) == (how == "Daemon")
    assert 0 == manager.run(*fox.words("status")).returncode
    refused = manager.run(*fox.words("start"))
    assert (1, "already running") == (refused.returncode, refused.stderr.strip().removeprefix("fox "))
    assert (began, kept) == (fox.pid(), manager.pid())


def test_killed_it_is_brought_back(fox: Fox) -> None:
    first = fox.pid()
    fox.kill(first)
    second = fox.another(first)
    fox.kill(fox.manager.pid())
    fox.another(second)


def test_its_exit_code_is_the_one_that_counts(fox: Fox) -> None:
    first = fox.pid()
    fox.order("3")
    second = fox.another(first)
    failed = fox.manager.code()
    fox.order("0")
    until(lambda: fox.manager.pid() == 0)

    assert (3, 0) == (failed, fox.manager.code())
    assert 0 == fox.pid()
    fox.manager.act("start")
    fox.another(second)


def test_its_manager_restarts_and_stops_it(fox: Fox) -> None:
    first = fox.pid()
    fox.manager.act("restart")
    second = fox.another(first)
    fox.manager.act("stop")

    assert (0, 0) == (fox.pid(), fox.manager.pid())
    assert not fox.lives(second)
    fox.manager.act("start")
    fox.another(second)


@pytest.mark.parametrize("how", ["Daemon"], indirect=True)
def test_it_starts_itself_anew_in_its_place_and_no_worker_does(fox: Fox) -> None:
    pid, began = fox.manager.pid(), f"began {fox.manager.pid()} {os.sep}"
    fox.order("restart")
    until(lambda: fox.manager.log().count(began) == 2)
    assert (pid, pid) == (fox.manager.pid(), fox.pid())

    fox.order("worker")
    until(lambda: "(daemon::not-anew)" in fox.manager.log())
    assert "a worker of a daemon that a service manager looks after" in fox.manager.log()
    assert (pid, 2) == (fox.pid(), fox.manager.log().count(began))


def outlives_the_watchdog(fox: Fox) -> bool:
    """Once is enough: on a machine that stands still, it may be too late with its word."""
    pid = fox.pid()
    time.sleep(WATCHDOG * 1.25)
    return pid == fox.pid() != 0


@pytest.mark.parametrize("how", ["Daemon"], indirect=True)
@pytest.mark.parametrize("keeps", [systemd], indirect=True)
def test_one_that_falls_silent_is_started_anew(fox: Fox) -> None:
    assert isinstance(fox.manager, Systemd)
    fox.manager.watch(WATCHDOG)
    fox.manager.act("restart")
    until(lambda: fox.manager.asked("StatusText") == "follows the hen")  # type: ignore[attr-defined]
    until(lambda: outlives_the_watchdog(fox))
    pid = fox.pid()
    fox.order("silence")

    fox.another(pid)
    assert "Watchdog timeout" in fox.manager.log()
