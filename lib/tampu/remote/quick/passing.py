"""Open files handed from one process of ours to another, over a socket that no other user can reach."""

from __future__ import annotations

import os
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

from tampu.remote.links.wire import as_text, from_text

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.links.talk import Ends

BORROW, END = b"B", b"E"
COUNT = 3
NUMBER = 4
LONGEST = 1 << 20
PATIENCE = 2.0
# Linux' name for who is at the other end; elsewhere the folder's mode alone keeps others out.
WHO = getattr(sys.modules["_socket"], "SO_PEERCRED", 0)


class NotPassed(Exception):
    """The other end is gone, is somebody else, or talks of something else."""


def reach(path: str) -> socket:
    door = socket(AF_UNIX, SOCK_STREAM)
    door.settimeout(PATIENCE)
    try:
        door.connect(path)
        check(door)
    except (OSError, NotPassed) as error:
        door.close()
        raise NotPassed(path) from error
    return door


def check(door: socket) -> None:
    """Whoever is there must be us."""
    if WHO:
        found = door.getsockopt(SOL_SOCKET, WHO, COUNT * NUMBER)
        if int.from_bytes(found[NUMBER : 2 * NUMBER], sys.byteorder) != os.geteuid():
            raise NotPassed("somebody else")


def give(door: socket, ends: Ends, words: dict[str, Any]) -> None:
    body = as_text(words).encode()
    numbers = b"".join(end.to_bytes(NUMBER, sys.byteorder) for end in ends)
    message = len(body).to_bytes(NUMBER, "big") + body
    try:
        sent = door.sendmsg([message], [(SOL_SOCKET, SCM_RIGHTS, numbers)])
        door.sendall(message[sent:])
    except OSError as error:
        raise NotPassed("not given") from error


def take(door: socket) -> tuple[Ends, dict[str, Any]]:
    """What the other end gives; the open files are ours from then on."""
    try:
        data, extras, _, _ = door.recvmsg(LONGEST, COUNT * NUMBER + 64)
    except OSError as error:
        raise NotPassed("not taken") from error
    numbers = b"".join(extra for level, kind, extra in extras if (level, kind) == (SOL_SOCKET, SCM_RIGHTS))
    ends = [int.from_bytes(numbers[at : at + NUMBER], sys.byteorder) for at in range(0, len(numbers), NUMBER)]
    try:
        while len(data) < NUMBER or len(data) < NUMBER + int.from_bytes(data[:NUMBER], "big"):
            more = door.recv(LONGEST)
            if not more:
                raise NotPassed("cut short")
            data += more
        stdin, stdout, stderr = ends
        words: dict[str, Any] = from_text(data[NUMBER:].decode())
    except (OSError, ValueError, NotPassed) as error:
        for end in ends:
            os.close(end)
        raise NotPassed("not whole") from error
    for end in ends:
        os.set_inheritable(end, False)  # noqa: FBT003 - Python's own
    return (stdin, stdout, stderr), words


def borrowed(place: str) -> tuple[socket, Ends, dict[str, Any]]:
    """What a keeper lends, and the door at which it is given back."""
    door = reach(place)
    try:
        door.sendall(BORROW)
        return (door, *take(door))
    except (OSError, NotPassed) as error:
        door.close()
        raise NotPassed(place) from error
