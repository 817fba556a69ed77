"""uWSGI, as a program that this one starts: HTTP, SCGI, FastCGI and its own protocol, several at once."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.paste import listening, standing
from tampu.paste.flags import is_false, is_true
from tampu.paste.servers import gateway
from tampu.paste.servers.options import Options, said_at
from tampu.paste.troubles import NotInstalled
from tampu.paste.workers.bell import Bell

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

PROGRAM = "uwsgi"
PACKAGE = "pyuwsgi"
USUAL_HOST = "127.0.0.1"
USUAL_PORT = "8080"
# Options that say where: each may have several addresses.
SOCKETS = ("http-socket", "scgi-socket", "fastcgi-socket", "uwsgi-socket", "socket")
HERE = ("host", "port", *SOCKETS)
USUAL = {"master": "true", "enable-threads": "true", "need-app": "true", "processes": "1", "threads": "4"}
# It would be a reload, and an end without an answer.
HOOKS = [f"unix_signal:{number} gracefully_kill_them_all" for number in (signal.SIGTERM, signal.SIGINT)]
ASK = "TAMPU_ASK"


def serve(_app: object, global_conf: Mapping[str, str], **said: str) -> int:
    """UWSGI loads the app itself, in its own processes."""
    program = shutil.which(PROGRAM, path=sysconfig.get_path("scripts")) or shutil.which(PROGRAM)
    if not program:
        raise NotInstalled(said_at(global_conf, "use", "egg:tampu#uwsgi"), PACKAGE)
    named = {name.replace("_", "-"): value for name, value in said.items()}
    listeners = _listeners(Options("uwsgi", global_conf, named), named)
    reader, writer = os.pipe()
    started = subprocess.Popen(  # noqa: S603 - a program of the app's own environment
        [program, *words(named, listeners, writer)],
        pass_fds=[writer, *(each.fileno() for _, each in listeners)],
        env={**os.environ, ASK: sys.argv[1]},
    )
    os.close(writer)
    standing.on_end(lambda: _end(started, [each for _, each in listeners]))
    _wait_until_ready(reader)
    return _ended(started)


def words(named: Mapping[str, str], listeners: list[tuple[str, socket.socket]], writer: int) -> list[str]:
    """Its command line."""
    chosen = {**USUAL, **{name: value for name, value in named.items() if name not in HERE}}
    found = [f"--{option}=fd://{each.fileno()}" for option, each in listeners]
    for name, value in chosen.items():
        if value.isdecimal() or not is_false(value):
            found.append(f"--{name}" if is_true(value) and not value.isdecimal() else f"--{name}={value}")
    # Each is put before those that are there.
    found += [f"--pythonpath={folder}" for folder in reversed(sys.path) if folder]
    found += [f"--hook-master-start={hook}" for hook in HOOKS]
    return [*found, f"--hook-accepting1-once=write:/dev/fd/{writer} .", "--module=tampu.paste.servers.uwsgi_app"]


def _listeners(options: Options, named: Mapping[str, str]) -> list[tuple[str, socket.socket]]:
    found = []
    for option in SOCKETS:
        for place in named.get(option, "").replace(",", " ").split():
            found += [(option, each) for each in _at(options, option, place)]
    if "port" in named or "host" in named or not (found or "http" in named):
        found += [("http-socket", each) for each in options.opened(USUAL_HOST, USUAL_PORT)]
    return found


def _at(options: Options, option: str, place: str) -> list[socket.socket]:
    if ":" not in place:
        return [listening.unix_socket(place, 0o777 & ~options.mask("chmod-socket", 0o777 & ~gateway.own_mask()))]
    return options.opened_at(option, place, USUAL_PORT, "addresses such as 127.0.0.1:8080 or /run/app.sock")


def _wait_until_ready(reader: int) -> None:
    """At its end, there is no other end of that pipe."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    poll.poll()
    if os.read(reader, 1):
        standing.ready()
    os.close(reader)


def _ended(started: subprocess.Popen[bytes]) -> int:
    """Its exit code; signals are seen to, whenever they come."""
    bell = Bell()
    bell.ring_at_signals()
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    while (code := started.poll()) is None:
        poll.poll()
        bell.heard()
    return code


def _end(started: subprocess.Popen[bytes], listeners: list[socket.socket]) -> None:
    for each in listeners:
        each.close()
    with suppress(ProcessLookupError):
        started.terminate()
