"""Start a daemon: whoever calls hears whether it is ready, and of two who call at once exactly one starts it."""

from __future__ import annotations

import os
import time

from tampu.daemon import become, identity, locks, places, processes, records
from tampu.daemon.detach import Report, detach
from tampu.daemon.identity import ALIVE, BEYOND_US, OutOfReach
from tampu.daemon.processes import MARK, TOKEN
from tampu.daemon.stop import changing, end, stop_held
from tampu.errors import TampuError
from tampu.values import dataclass, replace

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import NoReturn

    from tampu.daemon.detach import Starter
    from tampu.daemon.identity import Found
    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish

    Streams = Callable[[Wish], int]

RUNNING = "already running"
PATIENCE_WITH_THE_DEAD = 60.0
# Looks, and not seconds: in those, a machine may have stood still.
PATIENCE_WITH_THE_UNSETTLED = 5000
PAUSE = 0.002
# What would speak to somebody else's service manager.
NOT_INHERITED = frozenset(
    {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}
)


class AlreadyRunning(TampuError):
    reason = "daemon::running"

    def __init__(self, place: Place, pid: int) -> None:
        self.pid = pid
        super().__init__(
            title=f"{place.name} is already running",
            found=f"process {pid or 'of another starter'}, see {place.record}",
            expected="no daemon of that name",
            todo=f"To start it anew: tampu daemon restart {place.name}",
        )


class NotStarted(TampuError):
    reason = "daemon::not-started"

    def __init__(self, name: str, what: str, why: str) -> None:
        super().__init__(
            title=f"{name} can't be started",
            found=f"{what}: {why}",
            expected="what can be used as it is",
            todo=f"Correct it, and start {name} again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    pid: int
    token: str


def start(wish: Wish, streams: Streams = become.log_file) -> Started:
    """Returns when it is ready."""
    place = places.place(wish.name, wish.pid_dir)
    person = become.person(wish)
    with changing(place) as lock:
        make_room(place, lock, wish.stop_timeout)
        return launch(wish, place, lock, streams, person)


def restart(wish: Wish, streams: Streams = become.log_file) -> Started:
    """Nobody else gets in between."""
    place = places.place(wish.name, wish.pid_dir)
    person = become.person(wish)
    with changing(place) as lock:
        stop_held(place, lock, wish.stop_timeout)
        return launch(wish, place, lock, streams, person)


def make_room(place: Place, lock: Lock, timeout: float) -> None:
    """What a daemon that is dead has left is ended, so that it stands in nobody's way."""
    found = _settled(place, lock)
    if found.state in ALIVE:
        raise AlreadyRunning(place, found.pid)
    if found.state in BEYOND_US:
        raise OutOfReach(place, found)
    end(place, found, timeout)


def _settled(place: Place, lock: Lock) -> Found:
    """Not one that was just killed, nor one whose starter was, before it was clear whether it would go on."""
    for _ in range(PATIENCE_WITH_THE_UNSETTLED):
        found = identity.find(place, lock)
        set_up = lock.holder(locks.READINESS) != found.pid
        # Asked last: one that ends isn't ready either, and has no lock any more.
        now = processes.read(found.pid) if found.process else None
        if not found.process or (set_up and now and not now.ending):
            break
        time.sleep(PAUSE)
    return found


def launch(
    wish: Wish,
    place: Place,
    lock: Lock,
    streams: Streams,
    person: become.Person | None,
    handed: list[int] | None = None,
) -> Started:
    """`handed` are further descriptors that the program inherits; once it has them, they are closed here."""
    from tampu.daemon import readiness

    token = new_token()
    written = readiness.length(wish.log)
    with readiness.watch(wish, token, person) as watch:
        env = {name: value for name, value in wish.env.items() if name not in NOT_INHERITED}
        env |= {TOKEN: token, **watch.env}
        party = detach_from(wish.name)
        if isinstance(party, Report):
            standing = become.Standing(report=party, env=env, keep=tuple(handed or ()), lock=lock, person=person)
            _go(wish, place, streams, standing, token)
        try:
            pid = born(place, lock, party, wish.log, written)
            lock.take(locks.READINESS)
            let_go(handed or [])
            # From here on somebody else may end it, and start another one.
            lock.give_back(locks.CHANGE)
            readiness.wait(wish, party, watch, written)
        except BaseException:
            undo(place, lock, token, wish.stop_timeout)
            raise
        finally:
            party.close()
    return Started(pid=pid, token=token)


def let_go(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())


def new_token() -> str:
    return os.urandom(16).hex()


def detach_from(name: str) -> Starter | Report:
    try:
        return detach()
    except OSError as error:
        raise NotStarted(name, "a process", error.strerror or str(error)) from error


def live(place: Place, lock: Lock, report: Report, token: str) -> tuple[int, ...]:
    """In the detached process: it takes the daemon's life; gives the descriptors that its program is to inherit."""
    if not lock.live():
        report.failed(RUNNING, "")
        os._exit(os.EX_OSERR)
    # Whoever killed the starter by now may think that nothing was started.
    if not report.heard():
        os._exit(os.EX_OSERR)
    return (lock.descriptor, sign(place, token))


def stand_in(place: Place, lock: Lock) -> tuple[str, int]:
    """In a process that stays itself: it takes the daemon's life; gives its token, and what `sign` gives."""
    if not lock.live():
        raise AlreadyRunning(place, lock.holder(locks.LIFE) or 0)
    token = new_token()
    return token, sign(place, token)


def sign(place: Place, token: str) -> int:
    """Say who it is that has the daemon's life. The descriptor marks whoever inherits it."""
    mark = os.memfd_create(f"{MARK}{token}")
    records.write(place, records.of_ourselves(token, time.time()))
    return mark


def born(place: Place, lock: Lock, starter: Starter, log: Path | None = None, written: int = 0) -> int:
    """The daemon, once it is set up or has become its program."""
    news = starter.set_up()
    if news.failed:
        what, why = news.failed
        if what == RUNNING:
            raise AlreadyRunning(place, lock.holder(locks.LIFE) or 0)
        raise NotStarted(place.name, what, why)
    found = identity.find(place, lock)
    if found.state in ALIVE:
        return found.pid
    from tampu.daemon import readiness

    status = starter.ended(PATIENCE_WITH_THE_DEAD)
    raise readiness.EndedEarly(place.name, -1 if status is None else status, readiness.last_words(log, written))


def _go(wish: Wish, place: Place, streams: Streams, standing: become.Standing, token: str) -> NoReturn:
    report = standing.report
    what = f"folder {place.folder}"
    try:
        keep = (*live(place, standing.lock, report, token), *standing.keep)
        what = f"log {wish.log}"
        become.take_streams(streams(wish))
        become.execute(wish, replace(standing, keep=keep))
    except (OSError, ValueError) as error:
        report.failed(what, become.explained(error, what))
    finally:
        os._exit(os.EX_OSERR)


def undo(place: Place, lock: Lock, token: str, timeout: float) -> None:
    """That daemon and no later one, which somebody else may have started when this one had died."""
    lock.change()
    found = identity.find(place, lock)
    if found.record and found.record.token == token:
        stop_held(place, lock, timeout)
