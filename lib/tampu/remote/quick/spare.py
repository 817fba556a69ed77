"""A link that is left ready: a keeper holds it for a while, and lends it to the next client."""

from __future__ import annotations

import os

from tampu.remote.links.talk import SILENCE, Cut, Talk
from tampu.remote.quick import passing
from tampu.remote.quick.passing import END, NotPassed

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable
    from typing import Any

    from tampu.remote.links.host import Host
    from tampu.remote.links.link import Link
    from tampu.remote.links.talk import Ends

PREFIX = "spare-"
LAST_WORDS = 1.0


class Held(Talk):
    """A talk over an ssh that somebody else has started."""

    def __init__(self, name: str, ends: Ends, told: dict[str, Any]) -> None:
        super().__init__(name)
        self._hold(ends, told)

    def give(self, door: socket) -> None:
        """All that was to be sent is sent, and the link is another's."""
        try:
            while self.waiting:
                before = self.waiting
                self.wait(seconds=LAST_WORDS)
                if self.waiting == before:
                    raise NotPassed("it takes nothing")
            passing.give(door, self.ends, {"hello": self.hello, "rest": self._frames.rest.hex()})
        except Cut as cut:
            raise NotPassed("gone") from cut
        finally:
            self.close()


class Lent(Held):
    """One that is taken up anew where it is cut, with an ssh of our own."""

    def __init__(self, ends: Ends, told: dict[str, Any], name: str, host: Callable[[], Host]) -> None:
        super().__init__(name, ends, told)
        self._host = host
        self._silent = False

    def _give_up(self) -> None:
        self._silent = True

    def again(self) -> Link:
        from tampu.remote.links import link

        self.close()
        if self._silent:
            link.shut(self._host())
        made = link.Link(self._host())
        made.greet()
        return made


class Loan:
    """A link that was borrowed, and the door at which it is given back."""

    def __init__(self, door: socket, ends: Ends, told: dict[str, Any]) -> None:
        self._door = door
        self.ends = ends
        self.told = told

    def link(self, name: str, host: Callable[[], Host]) -> Lent:
        return Lent(self.ends, self.told, name, host)

    def drop(self) -> None:
        """It is somebody else's."""
        Held("", self.ends, self.told).close()
        self._door.close()

    def leave(self) -> None:
        """Give it back as it came."""
        self.give_back(Held("", self.ends, self.told))

    def give_back(self, link: Held | Link) -> None:
        try:
            _held(link).give(self._door)
        except (NotPassed, OSError):
            pass
        self._door.close()


def borrow(place: str) -> Loan | None:
    try:
        return Loan(*passing.borrowed(place))
    except NotPassed:
        return None


def leave(link: Link, place: str, seconds: int) -> None:
    """Have the link of a client that has done kept for the next one."""
    import socket

    from tampu.daemon import apart

    here, there = socket.socketpair()
    with here, there:
        apart.start("tampu.remote.quick.keeper", place, str(seconds), env={}, stdin=there.fileno())
        try:
            _held(link).give(here)
        except (NotPassed, OSError):
            pass


def _held(link: Held | Link) -> Held:
    return link if isinstance(link, Held) else Held(link.name, *link.given_away())


def end(place: str) -> None:
    """Wait until its keeper is gone."""
    try:
        door = passing.reach(place)
    except NotPassed:
        return
    try:
        door.sendall(END)
        door.settimeout(SILENCE)
        door.recv(1)
    except OSError:
        pass
    door.close()


def end_all(folder: str) -> None:
    for name in sorted(os.listdir(folder)):
        if name.startswith(PREFIX) and not name.endswith(".lock"):
            end(f"{folder}/{name}")
