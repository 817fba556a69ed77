"""The sockets of a server that runs, handed to whoever starts the next one: so that no caller finds nobody there.

The server offers them to its own user and to root, at an address that its record leads to.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.daemon.places import ROOT
from tampu.daemon.processes import TOKEN
from tampu.paste import listening

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIALS = "3i"
MOST = 250
PATIENCE = 5.0
SIGN = b"."


def offer(environ: Mapping[str, str]) -> None:
    """Only what runs as a daemon has somebody who would ask."""
    token = environ.get(TOKEN)
    if not token:
        return
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.bind(_address(token))
        server.listen()
    except OSError:
        server.close()
        return
    # Who is forked isn't who is asked.
    os.register_at_fork(after_in_child=server.close)
    threading.Thread(target=_serve, args=(server,), daemon=True, name="tampu: sockets").start()


def take(token: str, uid: int) -> tuple[int, ...]:
    """Descriptors of that daemon's sockets, which are ours to close; none where it offers none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(PATIENCE)
        try:
            caller.connect(_address(token))
            if _user(caller) != uid:
                return ()
            _, descriptors, _, _ = socket.recv_fds(caller, len(SIGN), MOST)
        except OSError:
            return ()
        return tuple(descriptors)


def _serve(server: socket.socket) -> None:
    while True:
        try:
            caller, _ = server.accept()
        except OSError:
            return
        with caller, suppress(OSError):
            if _user(caller) in {ROOT, os.geteuid()}:
                there = [each.fileno() for each in listening.in_use() if each.fileno() >= 0]
                socket.send_fds(caller, [SIGN], there)


def _address(token: str) -> str:
    return f"\0tampu-sockets-{token}"


def _user(peer: socket.socket) -> int:
    packed = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(CREDENTIALS))
    uid: int = struct.unpack(CREDENTIALS, packed)[1]
    return uid
