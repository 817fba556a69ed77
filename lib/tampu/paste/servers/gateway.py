"""What the servers behind a front end have in common: where they listen, and who answers there."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste import listening, standing
from tampu.paste.protocols.answering import Manner
from tampu.paste.workers.caller import Desk, Doorman
from tampu.paste.workers.herd import Herd
from tampu.paste.workers.member import Member
from tampu.paste.workers.reception import Reception

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.paste.protocols.answering import App
    from tampu.paste.protocols.exchange import Speak
    from tampu.paste.servers.options import Options

OWN_ADDRESS = "127.0.0.1"
# What a web server that starts a FastCGI program gives it to listen at.
GIVEN = 0
MOST_THREADS = 100
SPARE_THREADS = (1, 20)
MOST_PROCESSES = 50
SPARE_PROCESSES = (1, 5)


class NowhereToListen(TampuError):
    reason = "serve::nowhere"
    exit_code = 2

    def __init__(self, server: str) -> None:
        super().__init__(
            title=f"The server {server} isn't told where to listen",
            found="neither host and port nor socket, and no socket as standard input",
            expected="an address for the front end to call, such as",
            todo=(
                "    host = localhost\n"
                "    port = 4000\n\n"
                "or socket = /run/app.sock. Add it to the section, and serve again."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    listeners: tuple[socket.socket, ...]
    doorman: Doorman


def place(options: Options, usual_port: str, usual_callers: str) -> Place:
    """By options' names of old: host and port, or socket with its umask; without any, what it was started with."""
    path, host, port = options.text("socket"), options.optional("host"), options.optional("port")
    mask = options.mask("umask", own_mask())
    allowed = options.addresses("allowedServers", usual_callers)
    if path:
        if host or port:
            raise options.bad("socket", path, "either socket, or host and port", "Take one of them away.")
        return Place(listeners=(listening.unix_socket(path, mask, options.where("socket")),), doorman=Doorman())
    if host is None and port is None and not usual_port:
        return Place(listeners=(_given(options.server),), doorman=Doorman())
    number = options.port(usual_port)
    opened = tuple(listening.sockets(host or "localhost", number, options.where("port")))
    return Place(listeners=opened, doorman=Doorman(allowed=allowed))


def own_mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _given(server: str) -> socket.socket:
    known = listening.use_all()
    if known:
        return known[0]
    if not stat.S_ISSOCK(os.fstat(GIVEN).st_mode):
        raise NowhereToListen(server)
    return socket.socket(fileno=os.dup(GIVEN))


def answer_by_threads(app: App, options: Options, found: Place, speak: Speak, script_name: str | None) -> int:
    options.flag("debug")
    most = options.number("maxThreads", MOST_THREADS, least=1)
    spare = options.number("minSpare", SPARE_THREADS[0]), options.number("maxSpare", SPARE_THREADS[1])
    options.done()
    manner = Manner(app=app, script_name=script_name, keeps=lambda: not standing.ending.is_set())
    desk = Desk(speak=speak, manner=manner, doorman=found.doorman)
    Reception(found.listeners, desk, most, spare).run()
    return 0


def answer_by_processes(app: App, options: Options, found: Place, speak: Speak, script_name: str | None) -> int:
    options.flag("debug")
    most = options.number("maxChildren", MOST_PROCESSES, least=1)
    spare = options.number("minSpare", SPARE_PROCESSES[0]), options.number("maxSpare", SPARE_PROCESSES[1])
    each = options.number("maxRequests", 0)
    options.done()
    # A process that is kept by one front end is of less use to the others.
    manner = Manner(app=app, script_name=script_name, keeps=lambda: False, threads=False, processes=True)
    desk = Desk(speak=speak, manner=manner, doorman=found.doorman)

    def work(say: Callable[[bytes], None], life: int) -> None:
        Member(found.listeners, desk, say, life).run(each)

    Herd(found.listeners, work, most, spare).run()
    return 0
