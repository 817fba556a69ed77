"""The port that nginx answers on, held by who outlives nginx: at the end, all who have come in are answered."""

from __future__ import annotations

import os
import socket
import stat
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of Linux; the module `socket` doesn't know it.
SO_ATTACH_FILTER = 26
# A program for the kernel that drops the first packet of a connection (SYN without ACK), and lets pass all others.
NO_NEW_ONES = (
    (0x30, 0, 0, 13),
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
)
# Where struct tcp_info of a socket that listens says how many have come and weren't taken yet.
WAITING_AT = 24
# Those whose hands are being shaken are let in.
HANDSHAKES = 0.1
LONGEST_WAIT = 1.0
POLL = 0.005


class Door:
    """Bound, but not open: nobody gets in until `open_inherited`."""

    def __init__(self, address: str, port: int) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # nginx takes it as it is, and its workers must not wait in it for each other.
        os.set_blocking(self._socket.fileno(), False)
        self._socket.bind((address, port))

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        """Let nobody else in, wait until all who are have been taken, and leave it to nginx alone."""
        if self._shut():
            now = time.monotonic()
            while time.monotonic() < now + HANDSHAKES or (self._waiting() and time.monotonic() < now + LONGEST_WAIT):
                time.sleep(POLL)
        self._socket.close()

    def _shut(self) -> bool:
        try:
            import ctypes

            program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in NO_NEW_ONES))
            described = struct.pack("HP", len(NO_NEW_ONES), ctypes.addressof(program))
            self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)
        except (ImportError, OSError):
            return False
        return True

    def _waiting(self) -> int:
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, WAITING_AT + 4)
        (number,) = struct.unpack_from("I", info, WAITING_AT)
        return int(number)


def make(environ: Mapping[str, str]) -> Door | None:
    """None where there is no port to hold, or somebody else has it: nginx says so better."""
    address, port = environ.get("TAMPU_LISTEN", ""), environ.get("PORT", "")
    try:
        return Door(address, int(port))
    except (OSError, ValueError, OverflowError):
        return None


def open_inherited(backlog: int) -> bool:
    """Whether standard input is such a door; it is open then."""
    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        return False
    with socket.socket(fileno=os.dup(0)) as door:
        if door.family != socket.AF_INET or door.type != socket.SOCK_STREAM:
            return False
        door.listen(backlog)
    return True
