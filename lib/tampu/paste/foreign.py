"""Servers of others, which neither take sockets over nor say when they are ready."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

from tampu.paste import listening, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

PAUSE = 0.02
ANSWER_WITHIN = 1.0
ENDED = 0
USUAL_HOST = "localhost"
EVERYWHERE = frozenset({"", "*", "0.0.0.0", "::"})  # noqa: S104 - where it answers, it answers here


def prepare(options: Mapping[str, str]) -> None:
    """It is ready when its port answers; one without a port is taken to be at once."""
    listening.close_unused()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    port = options.get("port", "")
    if not listening.is_port(port):
        standing.ready()
        return
    host = options.get("host", USUAL_HOST)
    where = (USUAL_HOST if host in EVERYWHERE else host, int(port))
    threading.Thread(target=_wait, args=(where,), daemon=True, name="tampu: ready").start()


def _wait(where: tuple[str, int]) -> None:
    while not _answers(where):
        time.sleep(PAUSE)
    standing.ready()


def _answers(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, timeout=ANSWER_WITHIN).close()
    except OSError:
        return False
    return True
