"""HTTP by waitress, on sockets that are inherited where there are any; it ends when it has answered."""

from __future__ import annotations

import select
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from tampu.paste import listening, standing
from tampu.paste.servers.options import Options

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

USUAL_HOST = "localhost"
USUAL_PORT = "8080"
PLACES = "addresses such as 127.0.0.1:8080 *:8081 [::1]:8082"
WHERE = frozenset({"host", "port", "listen", "unix_socket", "unix_socket_perms", "sockets"})
TICK = 0.05
A_MOMENT = 1.0


def serve(app: object, global_conf: Mapping[str, str], **said: str) -> int:
    from waitress.server import create_server

    known: dict[int, Any] = {}
    options = Options("waitress", global_conf, said)
    chosen = _checked(options, said)
    return _run(create_server(app, map=known, sockets=_opened(options), **chosen), known)


def _opened(options: Options) -> list[socket.socket]:
    path, places = options.text("unix_socket"), options.text("listen").replace(",", " ").split()
    if path:
        mask = 0o777 & ~options.mask("unix_socket_perms", 0o600)
        return [listening.unix_socket(path, mask, options.where("unix_socket"))]
    if not places:
        return options.opened(USUAL_HOST, USUAL_PORT)
    return [each for place in places for each in options.opened_at("listen", place, USUAL_PORT, PLACES)]


def _checked(options: Options, said: Mapping[str, str]) -> dict[str, str]:
    """What waitress is told beside host and port, if it understands all of it."""
    from waitress.adjustments import Adjustments

    readers = dict(Adjustments._param_map)  # noqa: SLF001 - its only list of them
    options.know(readers)
    options.done()
    for name, value in said.items():
        _check(options, readers[name], name, value)
    return {name: value for name, value in said.items() if name not in WHERE}


def _check(options: Options, read: Callable[[str], object], name: str, value: str) -> None:
    try:
        read(value)
    except ValueError as error:
        raise options.bad(name, value, f"a value that waitress takes; it says: {error}") from None


def serve_at(opened: Sequence[socket.socket], app: object) -> int:
    from waitress.server import create_server

    known: dict[int, Any] = {}
    return _run(create_server(app, map=known, sockets=list(opened)), known)


def _run(server: Any, known: dict[int, Any]) -> int:  # noqa: ANN401 - waitress has no types
    channel = _channel_class()
    for each in _servers(known):
        each.channel_class = channel
        each.handle_accept = partial(_accept, each.handle_accept)
    standing.on_end(next(_servers(known)).trigger.pull_trigger)
    standing.ready()
    while not standing.ending.is_set():
        _tick(known, server.adj.asyncore_loop_timeout)
    _answer_the_last(known, time.monotonic() + standing.GRACE)
    server.task_dispatcher.shutdown(timeout=1)
    return 0


def _accept(accept: Callable[[], object]) -> None:
    """Who calls when it has been asked to end is its heir's, though it hears of both in the same moment."""
    if not (standing.ending.is_set() and standing.has_heirs()):
        accept()


def _channel_class() -> type:
    """One on which the last answer says that it is the last."""
    from waitress.channel import HTTPChannel
    from waitress.task import WSGITask

    class Task(WSGITask):  # type: ignore[misc]
        def build_response_header(self) -> object:
            if standing.ending.is_set():
                self.set_close_on_finish()
            return super().build_response_header()

    class Channel(HTTPChannel):  # type: ignore[misc]
        task_class = Task

    return Channel


def _tick(known: dict[int, Any], seconds: float) -> None:
    from waitress import wasyncore

    wasyncore.loop(timeout=seconds, use_poll=True, map=known, count=1)


def _answer_the_last(known: dict[int, Any], deadline: float) -> None:
    """Who is connected already is answered; who isn't finds whoever listens next, or nobody."""
    for server in list(_servers(known)):
        while not standing.has_heirs() and _has_callers(server.socket):
            server.handle_accept()
        server.accepting = False
        server.del_channel()
        server.socket.close()
    standing.closed()
    _tick(known, TICK)
    while time.monotonic() < deadline and _left(known):
        _tick(known, TICK)


def _left(known: dict[int, Any]) -> int:
    """Who stays connected without a question would have the next one answered here."""
    for channel in _channels(known):
        if not _is_busy(channel):
            channel.handle_close()
    return len(list(_channels(known)))


def _has_callers(listener: Any) -> bool:  # noqa: ANN401 - waitress has no types
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))


def _is_busy(channel: Any) -> bool:  # noqa: ANN401 - likewise
    """Who was let in a moment ago and has said nothing yet is about to."""
    new = channel.last_activity == channel.creation_time > time.time() - A_MOMENT
    return bool(new or channel.requests or channel.request or channel.total_outbufs_len)


def _servers(known: dict[int, Any]) -> Iterator[Any]:
    return (each for each in list(known.values()) if hasattr(each, "active_channels"))


def _channels(known: dict[int, Any]) -> Iterator[Any]:
    return (each for each in list(known.values()) if hasattr(each, "total_outbufs_len"))
