"""A request and its answer, whatever the protocol between the front end and us."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tampu.paste.protocols.wire import Wire

    Headers = Sequence[tuple[str, str]]
    Speak = Callable[[Wire], "Conversation"]

BUFFER = 1 << 16
LARGEST_HEAD = 1 << 18


class Exchange(Protocol):
    environ: dict[str, str]
    # Whether another request may come by the same connection, when this one is answered.
    goes_on: bool
    # Whether the answer says so: else a front end that wishes it relies on it.
    says_whether: bool

    def more(self, most: int) -> bytes:
        """Give the next bytes of the request's body; none at its end."""

    def errors(self) -> TextIO:
        """Give what an app may complain to: the front end's own log, where the protocol has a way there."""

    def begin(self, status: str, headers: Headers) -> None:
        """Keep the head of the answer: it goes out with what follows."""

    def write(self, data: bytes) -> None:
        """Send a piece of the answer's body."""

    def end(self) -> None:
        """Say that this was the answer."""


class Conversation(Protocol):
    def turn(self) -> Exchange | None:
        """Read the next request; None if what came in was none, and was seen to."""


class Body(io.RawIOBase):
    def __init__(self, more: Callable[[int], bytes]) -> None:
        self._more = more

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        data = self._more(len(room))
        room[: len(data)] = data
        return len(data)


class Lines(io.TextIOBase):
    """Passes on whole lines."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._take(line)
        return len(text)

    def flush(self) -> None:
        if self._begun:
            self._take(self._begun)
            self._begun = ""


def cgi_head(status: str, headers: Headers) -> bytes:
    lines = (f"Status: {status}", *(f"{name}: {value}" for name, value in headers), "", "")
    return "\r\n".join(lines).encode("latin-1")


def plain(exchange: Exchange, status: str) -> None:
    """An answer of our own: it says nothing but its status."""
    body = f"{status}\n".encode()
    exchange.begin(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    exchange.write(b"" if exchange.environ.get("REQUEST_METHOD") == "HEAD" else body)
    exchange.end()
