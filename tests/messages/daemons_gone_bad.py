"""Daemons that run already, or whose place somebody else has taken."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from tampu.values import replace
from tests.kit.foxes import Daemons

if TYPE_CHECKING:
    from tests.kit.failures import Bench


def running(bench: Bench) -> None:
    fox = Daemons(bench.app.parent / "run")
    fox.start()
    bench.stack.callback(fox.stop, 0)


def record_of_another_program(bench: Bench) -> None:
    folder = bench.app.parent / "run"
    folder.mkdir()
    (folder / "fox.pid").write_text(f"{os.getpid()}\n")


def port_taken(bench: Bench) -> None:
    server = bench.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    ready = ("--ready", f"port:{server.getsockname()[1]}")
    call = ("tampu", "daemon", "start", "fox", "--pid-dir", "{beside}/run", "--log", "none", *ready, "--", "/bin/true")
    bench.circumstances = replace(bench.circumstances, call=call)
