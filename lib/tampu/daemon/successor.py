"""A daemon that starts itself anew, or is started anew by a worker that it has forked.

It can't end first: who would start it then? The program is executed once more beside it, as it was started, and when
that comes to its `start`, it ends what was there and takes its place. What fails before leaves all as it is. A service
manager looks after one process only: that executes the program in its own place.
"""

from __future__ import annotations

import os
import select
import sys

from tampu.daemon import identity, processes, records, signals, stop
from tampu.daemon.again import DETACHED
from tampu.daemon.detach import STDERR, News, Report, read_news, reap
from tampu.daemon.processes import TOKEN
from tampu.daemon.records import Record
from tampu.errors import TampuError
from tampu.values import dataclass, replace

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from typing import NoReturn

    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place

OF = ":"
PROGRAM = "the program, executed once more"
ANEW = "a program that comes to start() again, as it did when it was started"
CORRECT = "Correct it; what it wrote is in its log."
# To come to its `start` in.
PATIENCE = 60.0
IN_ITS_FOLDER = 'cd -- "$0" && exec "$@"'
# What this process is, or is a worker of: by the path of its record.
_begun: dict[str, Begun] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a daemon began: in which folder its program was started, and whether a service manager looks after it."""

    folder: str
    token: str
    managed: bool


class NotAnew(TampuError):
    reason = "daemon::not-anew"

    def __init__(self, name: str, found: str, expected: str, todo: str) -> None:
        super().__init__(
            title=f"{name} isn't started anew, and goes on as it is",
            found=found,
            expected=expected,
            todo=todo,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """In the program that was executed once more: to whom it reports, and whose place it takes."""

    report: Report
    token: str


class Alone(Report):
    """Of one whose starter has ended: what fails is said where all is that it says."""

    def __init__(self) -> None:
        super().__init__(-1)

    def heard(self) -> bool:
        return True

    def ready(self) -> None:
        pass

    def failed(self, what: str, why: str) -> None:
        try:
            os.write(STDERR, f"\nIt was to be started anew.\n{what}: {why}\n".encode())
        except OSError:
            # Nobody is left to hear it.
            pass


def begin(place: Place, token: str, *, managed: bool = False) -> None:
    """From now on, this process is that daemon."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        folder = "/"
    _begun[place.record] = Begun(folder=folder, token=token, managed=managed)


def begun(place: Place) -> Begun | None:
    """None unless this process is that daemon, or was forked by it."""
    found, record = _begun.get(place.record), records.read(place)
    return found if found and isinstance(record, Record) and record.token == found.token else None


def hand_over(place: Place, begun: Begun, environ: Mapping[str, str]) -> None:
    """Returns when there is somebody who ends this process now; under a service manager, never."""
    words = _words(place)
    if not begun.managed:
        _execute_beside(place, begun, environ, words)
    elif identity.look(place).pid == os.getpid():
        _execute_in_place(place, begun, environ, words)
    else:
        raise NotAnew(
            place.name,
            "a worker of a daemon that a service manager looks after",
            "restart() in its main process, which is the one that the manager knows",
            "Tell the main process to call it, or ask the manager: systemctl restart, supervisorctl restart.",
        )


def heir(environ: MutableMapping[str, str]) -> Heir | None:
    descriptor, _, token = environ.get(DETACHED, "").partition(OF)
    if not descriptor.isdecimal() or not token:
        return None
    del environ[DETACHED]
    os.set_inheritable(int(descriptor), False)  # noqa: FBT003 - os has it so
    return Heir(report=Report(int(descriptor)), token=token)


def make_way(place: Place, lock: Lock, heir: Heir) -> None:
    """End the one before. It isn't asked a second time if it has asked itself."""
    found = identity.find(place, lock)
    if not found.record or found.record.token != heir.token:
        # Somebody has stopped it meanwhile, or has started another one.
        os._exit(0)
    grip = processes.grip(found.process) if found.process and found.pid == os.getppid() else None
    if grip:
        processes.wait([grip], stop.PATIENCE)
        grip.close()
    stop.stop_held(place, lock, stop.PATIENCE)


def _words(place: Place) -> list[str]:
    words = sys.orig_argv
    if len(words) == 1 or words[-1] == "-":
        raise NotAnew(
            place.name,
            "a program from stdin or a console",
            ANEW,
            "Put the program into a file.",
        )
    return [sys.executable, *words[1:]]


def _execute_beside(place: Place, begun: Begun, environ: Mapping[str, str], words: list[str]) -> None:
    told, tell = os.pipe()
    own = {name: value for name, value in environ.items() if name != TOKEN}
    try:
        os.set_inheritable(tell, True)  # noqa: FBT003 - likewise
        pid = os.posix_spawn(
            "/bin/sh",
            ("sh", "-c", IN_ITS_FOLDER, begun.folder, *words),
            {**own, DETACHED: f"{tell}{OF}{begun.token}"},
            setsid=True,
            setsigmask=(),
            setsigdef=signals.valid_signals() - {signals.SIGKILL, signals.SIGSTOP},
        )
    finally:
        os.close(tell)
    try:
        news = _news(told)
    finally:
        os.close(told)
    if not news.pid:
        _give_up(place, pid, news)


def _news(descriptor: int) -> News:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(int(PATIENCE * 1000)):
        return read_news(descriptor)
    return News(failed=(PROGRAM, f"it did not come to start() in {PATIENCE:g} seconds"))


def _give_up(place: Place, pid: int, news: News) -> NoReturn:
    # Its own child, so nobody else can have that number.
    try:
        os.kill(pid, signals.SIGKILL)
    except OSError:
        # It has ended by itself.
        pass
    reap(pid)
    what, why = news.failed or (PROGRAM, "it ended before it came to start()")
    raise NotAnew(place.name, f"{what}: {why}", ANEW, CORRECT)


def _execute_in_place(place: Place, begun: Begun, environ: Mapping[str, str], words: list[str]) -> NoReturn:
    try:
        os.chdir(begun.folder)
        with stop.changing(place) as lock:
            stop.end(place, replace(identity.find(place, lock), process=None), stop.PATIENCE)
        os.execve(words[0], words, dict(environ))  # noqa: S606 - words, no shell
    except OSError as error:
        found = f"{PROGRAM}: {error.filename or words[0]}: {error.strerror or error}"
        raise NotAnew(place.name, found, ANEW, CORRECT) from error
