"""Those who start daemons: each says how to start and stop one whose files are in a folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import house
from commands import done
from house import HOUSE, TAMPU, own_environ

if TYPE_CHECKING:
    from pathlib import Path

    from workshop import Workshop

APPS = house.APPS / "daemons"
WORKER = str(APPS / "worker.py")
# Who works as we do: of others, most is the time for which they wait, and that is the same on a busy machine.
QUICK = ("tampu, the class", "tampu, the command", "python-daemon")
SUPERVISORD = """\
[unix_http_server]
file={place}/socket
[supervisord]
logfile={place}/supervisord.log
pidfile={place}/supervisord.pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{place}/socket
[program:web]
command={python} {worker} {place}/started
autostart=false
"""


class Contestant(Protocol):
    name: str

    def prepare(self, place: Path) -> None:
        """What its user has done before; its time does not count."""

    def command(self, verb: str, place: Path) -> tuple[str, ...]: ...

    def leave(self, place: Path) -> None: ...


@dataclass(slots=True)
class Own:
    """A program that makes a daemon of itself."""

    name: str
    python: str
    script: str
    words: tuple[str, ...] = ()

    def prepare(self, place: Path) -> None:
        place.mkdir(parents=True)

    def command(self, verb: str, place: Path) -> tuple[str, ...]:
        return (self.python, str(APPS / self.script), verb, str(place), *self.words)

    def leave(self, place: Path) -> None:
        """Nothing stays."""


@dataclass(slots=True)
class Command(Own):
    """`tampu daemon` and any program."""

    def command(self, verb: str, place: Path) -> tuple[str, ...]:
        what = ("--log", "none", "--", self.python, WORKER, f"{place}/started") if verb == "start" else ()
        return (self.python, "-I", "-S", self.script, "daemon", verb, "web", "--pid-dir", str(place), *what)


@dataclass(slots=True)
class StartStopDaemon(Own):
    def command(self, verb: str, place: Path) -> tuple[str, ...]:
        common = ("start-stop-daemon", "--pidfile", f"{place}/web.pid", "--quiet")
        if verb == "stop":
            return (*common, "--stop", "--retry", "10", "--remove-pidfile")
        return (
            *common,
            "--start",
            "--background",
            "--make-pidfile",
            "--exec",
            self.python,
            "--",
            WORKER,
            f"{place}/started",
        )


@dataclass(slots=True)
class Supervisor(Own):
    def prepare(self, place: Path) -> None:
        place.mkdir(parents=True)
        text = SUPERVISORD.format(place=place, python=self.python, worker=WORKER)
        (place / "supervisord.conf").write_text(text, encoding="utf-8")
        done((self.python, "-m", "supervisor.supervisord", "-c", f"{place}/supervisord.conf"), own_environ())

    def command(self, verb: str, place: Path) -> tuple[str, ...]:
        return (*self._control(place), verb, "web")

    def leave(self, place: Path) -> None:
        done((*self._control(place), "shutdown"), own_environ())

    def _control(self, place: Path) -> tuple[str, ...]:
        return (self.python, "-m", "supervisor.supervisorctl", "-c", f"{place}/supervisord.conf")


def environment(workshop: Workshop) -> str:
    """The Python of all, with the rivals' packages; what is imported is compiled before, as pip does it."""
    python = str(workshop.environment("daemons") / "bin" / "python")
    done((python, "-m", "compileall", "-q", HOUSE / "lib" / "tampu", APPS), own_environ())
    return python


def contestants(python: str) -> tuple[Contestant, ...]:
    return (
        Own("tampu, the class", python, "own_tampu.py", (str(HOUSE / "lib"),)),
        Command("tampu, the command", python, str(TAMPU)),
        StartStopDaemon("start-stop-daemon", python, ""),
        Own("python-daemon", python, "own_python_daemon.py"),
        Own("daemonocle", python, "own_daemonocle.py"),
        Supervisor("supervisor", python, ""),
    )
