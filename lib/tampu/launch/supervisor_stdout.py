"""What supervisord's own file names: prints each line of each program once, and loses none."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from supervisor_lines import Output, names_of
from supervisor_watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from supervisor.events import Event
    from supervisor.process import EventListenerPool
    from supervisor.supervisord import Supervisor

NAME = "supervisor_stdout"


def make_rpcinterface(supervisord: Supervisor, needed: str = "", **_: str) -> object:
    """`[rpcinterface:tampu]` of supervisord.conf: no methods, but all that is said above."""
    watch = Watch.of(supervisord.options)
    if not watch.prints_all:
        watch.take_over(supervisord, frozenset(name.strip() for name in needed.split(",") if name.strip()))
    return object()


def event_handler(event: Event, response: bytes) -> None:
    """`result_handler` of an event listener: by then it is printed."""


def main() -> None:
    """`command` of an event listener; asked to print, it does, for then nobody has."""
    output = Output(os.open(f"/proc/{os.getppid()}/fd/1", os.O_WRONLY | os.O_APPEND))
    while True:
        os.write(1, b"READY\n")
        header = sys.stdin.buffer.readline()
        if not header:
            return
        said = dict(word.split(":", 1) for word in header.decode().split())
        payload = sys.stdin.buffer.read(int(said["len"]))
        if said["eventname"].startswith("PROCESS_LOG"):
            head, _, data = payload.partition(b"\n")
            of = dict(word.split(":", 1) for word in head.decode().split())
            output.add(of["groupname"], of["processname"], of["channel"], data)
        os.write(1, b"RESULT 2\nOK")


def _is_pool_of_ours(pool: EventListenerPool) -> bool:
    commands = [process.command for process in pool.config.process_configs]
    return pool.config.result_handler is event_handler or any(NAME in command for command in commands)


def _place_of(pool: EventListenerPool) -> Callable[..., None]:
    """Prints what the pool would have to keep for its process, which drops events when there are many."""
    from supervisor.events import ProcessLogEvent

    keep = pool._acceptEvent  # noqa: SLF001
    watch = Watch.of(pool.config.options)

    def accept(event: Event, head: bool = False) -> None:  # noqa: FBT001, FBT002
        if not isinstance(event, ProcessLogEvent):
            keep(event, head)
        elif not (watch.prints_all or hasattr(event, "printed")):
            event.printed = True
            watch.output.add(*names_of(event.process), event.channel, event.data)

    # supervisord asks for it again when the pool is removed.
    pool._acceptEvent = accept  # noqa: SLF001
    return accept


def _take_the_places_of_our_pools() -> None:
    from supervisor import events

    subscribe = events.subscribe

    def instead(kind: type[Event], callback: Callable[..., None]) -> None:
        pool = getattr(callback, "__self__", None)
        stored = getattr(callback, "__name__", "") == "_acceptEvent" and _is_pool_of_ours(pool)
        subscribe(kind, _place_of(pool) if stored else callback)

    events.subscribe = instead


if "supervisor.options" in sys.modules:
    _take_the_places_of_our_pools()
