"""The running Python program itself becomes the daemon: nothing is executed, so all that it has loaded stays."""

from __future__ import annotations

import os

from tampu.daemon import again, become, identity, locks, start, stop, successor
from tampu.daemon.detach import STDERR, Report
from tampu.daemon.processes import TOKEN
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import TextIO

    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place

UMASK = 0o022


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Paths; None is nothing to read, and nowhere to write to."""

    stdin: str | None
    stdout: str | None
    stderr: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Itself:
    """The process that calls, and what of it has to change; `texts` are Python's own stdout and stderr."""

    environ: MutableMapping[str, str]
    streams: Streams
    texts: tuple[TextIO | None, ...]


def begin(itself: Itself, place: Place, make_room: Callable[[Lock], None]) -> int | None:
    """None in the daemon; its number in the caller, once it is ready."""
    token = start.new_token()
    if heir := successor.heir(itself.environ):
        _succeed(itself, place, heir, token)
        return None
    if report := again.report(itself.environ):
        with again.Telling(report), stop.changing(place) as lock:
            make_room(lock)
            _settle(itself, place, lock, report, token)
        return None
    if again.needed():
        return again.start_anew(place, itself.environ)
    with stop.changing(place) as lock:
        make_room(lock)
        party = start.detach_from(place.name)
        if isinstance(party, Report):
            _settle(itself, place, lock, party, token)
            return None
        try:
            return start.born(place, lock, party)
        except BaseException:
            start.undo(place, lock, token, stop.PATIENCE)
            raise
        finally:
            party.close()


def loose(itself: Itself, name: str) -> int | None:
    """As `begin`, but nobody keeps a record of it."""
    party = start.detach_from(name)
    if isinstance(party, Report):
        try:
            _arrange(itself)
        except OSError as error:
            party.failed(*_words(error))
            os._exit(os.EX_OSERR)
        party.ready()
        return None
    try:
        news = party.set_up()
    finally:
        party.close()
    if news.failed:
        raise start.NotStarted(name, *news.failed)
    return news.pid


def stay(itself: Itself, place: Place) -> None:
    """In the foreground, under somebody who looks after it: with the same lock and record, and nothing else changed."""
    with stop.changing(place) as lock:
        # Unless it is itself, executed once more.
        if identity.find(place, lock).pid != os.getpid():
            start.make_room(place, lock, stop.PATIENCE)
        token, _ = start.stand_in(place, lock)
        itself.environ[TOKEN] = token
        successor.begin(place, token, managed=True)


def _succeed(itself: Itself, place: Place, heir: successor.Heir, token: str) -> None:
    alone = successor.Alone()
    # Whoever has stopped it by now has nobody to take its place.
    if not heir.report.heard():
        os._exit(os.EX_OSERR)
    heir.report.ready()
    with again.Telling(alone), stop.changing(place) as lock:
        successor.make_way(place, lock, heir)
        _settle(itself, place, lock, alone, token)


def _settle(itself: Itself, place: Place, lock: Lock, report: Report, token: str) -> None:
    try:
        start.live(place, lock, report, token)
        itself.environ[TOKEN] = token
        successor.begin(place, token)
        _arrange(itself)
    except OSError as error:
        report.failed(*_words(error))
        os._exit(os.EX_OSERR)
    lock.give_back(locks.READINESS)
    report.ready()


def _arrange(itself: Itself) -> None:
    streams = itself.streams
    out, error = _appended(streams.stdout), _appended(streams.stderr)
    become.take_streams(out, error, os.open(streams.stdin or os.devnull, os.O_RDONLY))
    for text in itself.texts:
        try:
            text.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        except AttributeError:
            # Somebody's own may have no such thing.
            continue
    _close_inherited()
    os.chdir("/")
    os.umask(UMASK)


def _appended(path: str | None) -> int:
    return os.open(path, become.APPENDED, become.LOG_MODE) if path else os.open(os.devnull, os.O_WRONLY)


def _close_inherited() -> None:
    """What the caller's shell had left open. What Python opened itself is the program's."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if int(name) > STDERR and os.get_inheritable(int(name)):
                os.close(int(name))
        except OSError:
            # The one that listed them.
            continue


def _words(error: OSError) -> tuple[str, str]:
    return (str(error.filename or "a descriptor"), error.strerror or str(error))
