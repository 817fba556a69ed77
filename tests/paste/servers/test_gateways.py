"""SCGI, FastCGI and AJP13, by threads and by processes, as old configs name them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.kit import gateways, pasted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.gateways import Reply
    from tests.kit.pasted import Pasted

ASK: dict[str, Callable[..., Reply]] = {"scgi": gateways.scgi_by, "fcgi": gateways.fcgi_by, "ajp": gateways.ajp_by}
NAMES = tuple(f"{protocol}_{way}" for protocol in ASK for way in ("thread", "fork"))
CLIENTS = 16
EACH = 63


class Front:
    def __init__(self, name: str, pasted_: Pasted) -> None:
        self.pasted = pasted_
        self.ask_by = ASK[name.partition("_")[0]]

    def ask(self, path: str = "/", body: bytes = b"", method: str = "") -> Reply:
        with gateways.connect(self.pasted.port) as sock:
            return self.ask_by(sock, path, body, method)


def described(name: str, port: int, *more: str) -> str:
    return "\n".join([f"use = egg:PasteScript#flup_{name}", f"host = {pasted.HERE}", f"port = {port}", *more])


@pytest.fixture(scope="module", params=NAMES)
def front(
    request: pytest.FixtureRequest, app_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    port = pasted.free_port()
    config = pasted.write(tmp_path_factory.mktemp(request.param), described(request.param, port))
    with pasted.serving(app_python, config, port) as served:
        yield Front(request.param, served)


def test_a_large_body_arrives_to_the_byte(front: Front) -> None:
    body = os.urandom(200_000)

    assert hashlib.md5(body).hexdigest().encode() == front.ask("/", body).body  # noqa: S324 - no secret


def test_an_answer_of_unknown_length_arrives_whole(front: Front) -> None:
    assert front.ask("/lines").body == b"".join(b"%d\n" % number for number in range(500))


def test_head_and_304_have_no_body(front: Front) -> None:
    head, same = front.ask("/", method="HEAD"), front.ask("/same")

    assert (200, "32", b"") == (head.status, head.header("Content-Length"), head.body)
    assert (304, b"") == (same.status, same.body)


def test_an_error_of_the_app_is_answered_and_told(front: Front) -> None:
    assert front.ask("/boom").status == 500
    assert front.ask("/").status == 200
    front.pasted.until_says("LookupError: boom")


def test_an_answer_that_breaks_off_does_not_pass_for_a_whole_one(front: Front) -> None:
    with pytest.raises((ConnectionResetError, EOFError)):
        front.ask("/half")

    assert front.ask("/").status == 200


def test_a_stranger_harms_nobody(front: Front) -> None:
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b""):
        # It may be let go before it has said all.
        with gateways.connect(front.pasted.port) as stranger, suppress(OSError):
            stranger.sendall(noise)
            stranger.shutdown(socket.SHUT_WR)
            stranger.recv(1)

    assert front.ask("/").status == 200


def test_a_thousand_requests_are_answered(front: Front) -> None:
    failed: list[object] = []

    def ask_often() -> None:
        for number in range(EACH):
            body = b"x" * (number * 100)
            try:
                assert front.ask("/", body).body == hashlib.md5(body).hexdigest().encode()  # noqa: S324 - no secret
            except (AssertionError, OSError, EOFError) as error:
                failed.append(error)

    at_once([ask_often] * CLIENTS)

    assert failed == []


@pytest.mark.parametrize("name", NAMES)
def test_who_is_connected_when_it_ends_is_answered(name: str, app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, described(name, port))
    answered: list[int] = []
    lost: list[float] = []
    told: list[float] = []
    with pasted.serving(app_python, config, port) as served:
        front = Front(name, served)

        def ask() -> None:
            with gateways.connect(port) as sock:
                connected = time.monotonic()
                try:
                    answered.append(front.ask_by(sock, "/slow" if len(answered) % 3 else "/", b"x" * 1000).status)
                except (OSError, EOFError):
                    lost.append(connected)

        def ask_until_refused() -> None:
            with suppress(OSError):
                while not lost:
                    ask()

        def end() -> None:
            while len(answered) < 3 * CLIENTS:
                time.sleep(0.01)
            told.append(time.monotonic())
            served.tell(signal.SIGTERM)

        at_once([ask_until_refused] * CLIENTS + [end])

        assert served.ended() == 0
    # Who comes in the very instant of its end may be let in by the system, and by nobody else.
    assert [when for when in lost if when < told[0]] == []
    assert {200} == set(answered)


def test_processes_are_replaced(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, described("scgi_fork", port, "maxChildren = 2", "maxRequests = 3"))
    # PasteScript's own had none of these options, flup's had.
    config.write_text(config.read_text().replace("PasteScript#flup_", "flup#"))
    with pasted.serving(app_python, config, port) as served:
        pids = [int(gateways.scgi(port, "/pid").body) for _ in range(7)]
        assert len(set(pids)) >= 3
        assert served.process.pid not in pids


def test_a_killed_process_is_replaced(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, described("scgi_fork", port, "maxChildren = 2"))
    with pasted.serving(app_python, config, port) as served:
        os.kill(int(gateways.scgi(port, "/pid").body), signal.SIGKILL)
        served.until_says("was ended by signal 9; another takes its place")

        assert gateways.scgi(port).status == 200


def test_processes_end_with_the_first_one(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, described("scgi_fork", port))
    with pasted.serving(app_python, config, port) as served:
        pid = int(gateways.scgi(port, "/pid").body)
        served.tell(signal.SIGKILL)
        served.ended()
        deadline = time.monotonic() + pasted.PATIENCE
        while _lives(pid):
            assert time.monotonic() < deadline, "it goes on alone"
            time.sleep(0.02)


def test_a_socket_of_a_file_has_the_mask_that_is_said(app_python: Path, tmp_path: Path) -> None:
    place = tmp_path / "a socket"
    config = pasted.write(tmp_path / "app", f"use = egg:flup#fcgi\nsocket = {place}\numask = 007\nscriptName = /sub")
    with pasted.serving(app_python, config, 0), socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(place))
        sock.sendall(gateways.fcgi_request(gateways.variables("GET", "/sub/environ", b"")))
        environ = json.loads(gateways.fcgi_reply(sock).body)

        assert place.stat().st_mode & 0o777 == 0o770
        assert ("/sub", "/environ") == (environ["SCRIPT_NAME"], environ["PATH_INFO"])
        assert ("True", "False") == (environ["wsgi.multithread"], environ["wsgi.multiprocess"])


def test_only_those_who_may_call_are_heard(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, described("scgi_thread", port, "allowedServers = 192.0.2.1 10.0.0.0/8"))
    with pasted.serving(app_python, config, port) as served:
        with pytest.raises((EOFError, ConnectionResetError)):
            gateways.scgi(port)

        served.until_says(f"{pasted.HERE} may not call")


def test_all_threads_may_be_busy(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, f"use = egg:tampu#ajp\nhost = {pasted.HERE}\nport = {port}\nmaxThreads = 2")
    with pasted.serving(app_python, config, port):
        found: list[int] = []
        at_once([lambda: found.append(gateways.ajp(port, "/slow").status)] * 6)

        assert found == [200] * 6


@pytest.mark.parametrize("name", ["scgi_thread", "fcgi_thread", "ajp_fork"])
def test_wsgi_is_kept_to_the_letter(name: str, app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, described(name, port))
    config.write_text(config.read_text().replace("[app:main]", "[app:main]\nfilter-with = egg:Paste#lint"))
    with pasted.serving(app_python, config, port) as served:
        front = Front(name, served)

        # What the app itself does with a body isn't to the letter.
        assert front.ask("/greeting", b"hello").body == b"hello"
        assert front.ask("/lines").status == 200
        assert front.ask("/greeting", method="HEAD").status == 200


def at_once(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10 * pasted.PATIENCE)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
