"""A link that is left ready: lent, given back, used up, and gone with all that has held it."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.links.link import Link
from tampu.remote.links.wire import Kind, said
from tampu.remote.quick import passing, spare
from tampu.remote.quick.passing import NotPassed
from tampu.remote.runs.running import Ends, Spec, run
from tampu.remote.runs.watch import UNHEARD
from tampu.remote.stores import store
from tests.kit import remotes, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.remote.quick.spare import Loan
    from tests.kit.sshd import Server

PATIENCE = 60
LONG = 600
NOBODY = 65534


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def place(near: Server) -> str:
    return str(near.sockets / f"spare-{time.monotonic_ns():x}"[-24:])


def left(near: Server, place: str, seconds: int = LONG) -> None:
    link = remotes.link(near)
    spare.leave(link, place, seconds)
    link.close()
    until(lambda: listens(place))


def listens(place: str) -> bool:
    """Its socket is there a moment before that."""
    try:
        passing.reach(place).close()
    except NotPassed:
        return False
    return True


def borrowed(near: Server, place: str) -> Loan:
    loan = spare.borrow(place)
    assert loan, near.name
    return loan


def gone(place: str) -> bool:
    return not Path(place).exists() and not Path(f"{place}.lock").exists()


def lends(place: str) -> bool:
    loan = spare.borrow(place)
    if loan:
        loan.leave()
    return bool(loan)


def agents(near: Server) -> set[int]:
    """Those who have that host's home."""
    home = f"HOME={near.home}".encode()
    found = set()
    for each in remotes.processes("zlib.decompress"):
        with suppress(OSError):
            found |= {each} if home in Path(f"/proc/{each}/environ").read_bytes().split(b"\0") else set()
    return found


def test_it_is_lent_and_given_back(near: Server, place: str) -> None:
    left(near, place)

    for _ in range(3):
        loan = borrowed(near, place)
        assert spare.borrow(place) is None
        link = loan.link(near.name, near.host)
        assert b"again\n" == remotes.over(link, remotes.shell("echo again")).out
        loan.give_back(link)
    spare.end(place)

    assert gone(place)
    assert spare.borrow(place) is None


def test_what_the_last_borrower_did_not_wait_for_is_no_answer_to_the_next_one(near: Server, place: str) -> None:
    left(near, place)
    loan = borrowed(near, place)
    link = Link(near.host(), (loan.ends, loan.told))

    link.send(said(Kind.REMOVE, UNHEARD, what="run", id="0" * 16))
    assert not store.ready(link, "trees", "0" * 64)
    link.send(said(Kind.REMOVE, UNHEARD))
    assert b"well\n" == remotes.over(link, remotes.shell("echo well")).out

    loan.give_back(link)


def test_a_borrower_who_dies_is_seen_by_the_host(near: Server, place: str) -> None:
    left(near, place)
    loan = borrowed(near, place)
    child = os.fork()
    if not child:
        with suppress(BaseException):
            run(loan.link(near.name, near.host), Spec(argv=("sleep", "4711")), Ends(stdin=None))
        os._exit(1)
    loan.drop()
    until(lambda: bool(remotes.processes("sleep\0004711")))

    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    until(lambda: gone(place))
    until(lambda: not remotes.processes("sleep\0004711"))


def test_it_ends_by_itself(near: Server, place: str) -> None:
    before = agents(near)
    left(near, place, 1)

    until(lambda: gone(place))
    until(lambda: agents(near) <= before)


def test_who_is_killed_leaves_nothing_that_hinders(near: Server, place: str) -> None:
    before = agents(near)
    left(near, place)
    (keeper,) = remotes.processes(place)

    os.kill(keeper, signal.SIGKILL)

    until(lambda: agents(near) <= before)
    assert spare.borrow(place) is None
    left_again = remotes.link(near)
    spare.leave(left_again, place, LONG)
    until(lambda: Path(place).exists() and bool(remotes.processes(place)))
    until(lambda: lends(place))
    spare.end_all(str(near.sockets))
    assert gone(place)


def test_a_link_that_is_cut_is_not_lent(near: Server, place: str) -> None:
    left(near, place)

    near.hang_up()

    until(lambda: gone(place))
    assert spare.borrow(place) is None


def test_a_keeper_is_asked_to_end(near: Server, place: str) -> None:
    left(near, place)
    (keeper,) = remotes.processes(place)

    os.kill(keeper, signal.SIGTERM)

    until(lambda: gone(place))


def test_where_its_socket_is_taken_away_it_ends(near: Server, place: str) -> None:
    left(near, place)
    (keeper,) = remotes.processes(place)

    Path(place).unlink()

    until(lambda: keeper not in remotes.processes(place))


def test_two_who_leave_one_at_once(near: Server, place: str) -> None:
    left(near, place)
    other = remotes.link(near)
    before = remotes.processes(place)

    spare.leave(other, place, LONG)

    until(lambda: before == remotes.processes(place))
    loan = borrowed(near, place)
    loan.leave()
    spare.end(place)
    assert gone(place)


def test_another_user_gets_nothing(near: Server, place: str) -> None:
    require.need_root()
    left(near, place)
    near.sockets.chmod(0o755)
    Path(place).chmod(0o777)
    child = os.fork()
    if not child:
        code = 1
        os.setuid(NOBODY)
        with suppress(OSError), socket.socket(socket.AF_UNIX) as door:
            door.connect(place)
            code = 0
            door.sendall(b"B")
            code = 2 * bool(door.recv(1))
        os._exit(code)
    _, status = os.waitpid(child, 0)
    near.sockets.chmod(0o700)

    assert 0 == os.waitstatus_to_exitcode(status)
    borrowed(near, place).leave()
    spare.end(place)


def test_what_is_no_loan() -> None:
    for message in (b"", b"\0\0\0\5{}", b"\0\0\0\2{}", b"\0\0\0\2[}"):
        here, there = socket.socketpair()
        with here, there:
            there.sendall(message)
            there.close()
            with pytest.raises(NotPassed):
                passing.take(here)
