"""The running Python program itself becomes the daemon: nothing is executed, so all that it has loaded stays."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from tampu.daemon import again, become, locks, start, stop
from tampu.daemon.detach import Report
from tampu.daemon.processes import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from pathlib import Path

    from tampu.daemon.locks import Lock
    from tampu.daemon.places import Place

UMASK = 0o022
STDERR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Paths; None is nothing to read, and nowhere to write to."""

    stdin: Path | None
    stdout: Path | None
    stderr: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Itself:
    """The process that calls, and what of it has to change; `texts` are Python's own stdout and stderr."""

    environ: MutableMapping[str, str]
    streams: Streams
    texts: tuple[TextIO | None, ...]


def begin(itself: Itself, place: Place, make_room: Callable[[Lock], None]) -> int | None:
    """None in the daemon; its number in the caller, once it is ready."""
    token = os.urandom(start.TOKEN_BYTES).hex()
    if report := again.report(itself.environ):
        with again.telling(report), stop.changing(place) as lock:
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
            os._exit(become.FAILED)
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
        start.make_room(place, lock, stop.PATIENCE)
        token = os.urandom(start.TOKEN_BYTES).hex()
        if not lock.live():
            raise start.AlreadyRunning(place, lock.holder(locks.LIFE) or 0)
        start.sign(place, token)
        itself.environ[TOKEN] = token


def _settle(itself: Itself, place: Place, lock: Lock, report: Report, token: str) -> None:
    try:
        start.live(place, lock, report, token)
        itself.environ[TOKEN] = token
        _arrange(itself)
    except OSError as error:
        report.failed(*_words(error))
        os._exit(become.FAILED)
    report.ready()


def _arrange(itself: Itself) -> None:
    streams = itself.streams
    out, error = _appended(streams.stdout), _appended(streams.stderr)
    become.take_streams(out, error, os.open(streams.stdin or os.devnull, os.O_RDONLY))
    for text in itself.texts:
        # Somebody's own may have no such thing.
        with suppress(AttributeError):
            text.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    _close_inherited()
    os.chdir("/")
    os.umask(UMASK)


def _appended(path: Path | None) -> int:
    return os.open(path, become.APPENDED, become.LOG_MODE) if path else os.open(os.devnull, os.O_WRONLY)


def _close_inherited() -> None:
    """What the caller's shell had left open. What Python opened itself is the program's."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if int(name) > STDERR and os.get_inheritable(int(name)):
                os.close(int(name))


def _words(error: OSError) -> tuple[str, str]:
    return (str(error.filename or "a descriptor"), error.strerror or str(error))
