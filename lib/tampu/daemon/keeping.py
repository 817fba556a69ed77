"""Brings up the keeper of a daemon in the background, and hears from it how the first start went."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tampu.daemon import apart, identity, kept, output, places, said, stop
from tampu.daemon.detach import Report
from tampu.daemon.identity import ALIVE
from tampu.daemon.keeper import FAILURES, GIVEN_UP, WAITING, Keeper
from tampu.daemon.said import Said
from tampu.daemon.start import AlreadyRunning, NotStarted, detach_from
from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from tampu.daemon.identity import Found
    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish

MODULE = "tampu.daemon.keeping"
BETWEEN = "\x01"
OTHER_KEEPER = "another keeper"
RESTING = frozenset({WAITING, GIVEN_UP})


def path(place: Place) -> str:
    return place.beside("keeper")


def heard(place: Place) -> dict[str, Any] | None:
    """What the keeper is at; None without one."""
    return said.heard(path(place))


def dismiss(place: Place) -> bool:
    """End the keeper, and leave the daemon alone; whether there was one."""
    return said.dismiss(path(place))


def dismiss_resting(place: Place) -> bool:
    """End a keeper that waits for its time, or has given up; one that is at work is left to it."""
    keeper = heard(place)
    return keeper is not None and keeper.get("state") in RESTING and dismiss(place)


def start(wish: Wish) -> None:
    """Returns when the daemon is ready, and is kept. One that runs without a keeper gets one."""
    place = places.place(wish.name, wish.pid_dir)
    places.make(place.folder)
    if heard(place) is not None and not dismiss_resting(place):
        raise AlreadyRunning(place, identity.look(place).pid)
    party = detach_from(wish.name)
    if isinstance(party, Report):
        _become_keeper(wish, party)
    try:
        news = party.set_up()
    except BaseException:
        dismiss(place)
        stop.stop(place, wish.stop_timeout)
        raise
    finally:
        party.close()
    if news.failed:
        _pass_on(place, *news.failed)
    if heard(place) is None:
        raise NotStarted(wish.name, "its keeper", "it ended at once")


def stay(wish: Wish, ready: Callable[[], object]) -> int:
    """The same in this very process, for a service manager that wants to see it: gives the daemon's exit code."""
    place = places.place(wish.name, wish.pid_dir)
    places.make(place.folder)
    found = identity.look(place)
    # Before the lock is taken: whoever opens that file once more and closes it loses the lock.
    lost = _lost_its_keeper(found, place)
    own = Said(path(place))
    if not own.take() or (found.state in ALIVE and not lost):
        raise AlreadyRunning(place, found.pid)
    # Nobody would hear what it says, or how it ends.
    stop.stop(place, wish.stop_timeout)
    keeper = Keeper(wish, own, output.keep_and_inherit)
    keeper.begin()
    return keeper.run(ready)


def _lost_its_keeper(found: Found, place: Place) -> bool:
    """Whoever has kept this one, and not one of that name before it, was killed."""
    return found.record is not None and found.record.since <= said.last_said(path(place))


def main(report: str) -> int:
    """In the keeper itself; the wish comes by stdin."""
    wish = kept.from_text(sys.stdin.read())
    place = places.place(wish.name, wish.pid_dir)
    teller = Report(int(report))
    os.set_inheritable(teller.descriptor, False)  # noqa: FBT003 - Python's own
    own = Said(path(place))
    if not own.take():
        teller.failed(OTHER_KEEPER, "")
        return 1
    keeper = Keeper(wish, own)
    try:
        keeper.begin()
    except FAILURES as error:
        teller.failed(error.reason, BETWEEN.join((error.title, error.found, error.expected, error.todo)))
        return 1
    return keeper.run(teller.ready)


def _become_keeper(wish: Wish, report: Report) -> NoReturn:
    try:
        stdin = os.memfd_create("wish")
        os.write(stdin, kept.as_text(wish).encode())
        os.lseek(stdin, 0, os.SEEK_SET)
        apart.become(MODULE, str(report.descriptor), env=dict(wish.env), stdin=stdin, keep=(report.descriptor,))
    finally:
        os._exit(os.EX_OSERR)


def _pass_on(place: Place, reason: str, text: str) -> None:
    """The keeper's error, as if it had happened here."""
    if reason == OTHER_KEEPER:
        raise AlreadyRunning(place, identity.look(place).pid)
    title, found, expected, todo = text.split(BETWEEN)
    known = next((each for each in FAILURES if each.reason == reason), NotStarted)
    error = known.__new__(known)
    TampuError.__init__(error, title=title, found=found, expected=expected, todo=todo)
    raise error
