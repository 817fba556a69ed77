"""nginx in front, with its own lists of parameters, and ours behind."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.kit import pasted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CLIENTS = 16
EACH = 63
# What nginx ships as scgi_params, fastcgi_params and uwsgi_params.
COMMON = {
    "QUERY_STRING": "$query_string",
    "REQUEST_METHOD": "$request_method",
    "CONTENT_TYPE": "$content_type",
    "CONTENT_LENGTH": "$content_length",
    "REQUEST_URI": "$request_uri",
    "DOCUMENT_URI": "$document_uri",
    "DOCUMENT_ROOT": "$document_root",
    "SERVER_PROTOCOL": "$server_protocol",
    "REQUEST_SCHEME": "$scheme",
    "HTTPS": "$https if_not_empty",
    "REMOTE_ADDR": "$remote_addr",
    "REMOTE_PORT": "$remote_port",
    "SERVER_PORT": "$server_port",
    "SERVER_NAME": "$server_name",
}
PARAMETERS = {
    "scgi": {"SCGI": "1", **COMMON},
    "fastcgi": {"SCRIPT_FILENAME": "$document_root$fastcgi_script_name", "SCRIPT_NAME": "$fastcgi_script_name"}
    | COMMON,
    "uwsgi": {**COMMON, "PATH_INFO": "$document_uri"},
}
MAIN = """\
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  scgi_temp_path {folder}/scgi;
  uwsgi_temp_path {folder}/uwsgi;
  {servers}
}}
"""
SERVER = """\
  upstream {name} {{ server 127.0.0.1:{behind}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      {parameters}
      {more}
      {protocol}_pass {name};
    }}
  }}
"""
BEHIND = {
    "scgi": ("scgi", "use = egg:PasteScript#flup_scgi_thread\nport = {port}", ""),
    "scgi_fork": ("scgi", "use = egg:PasteScript#flup_scgi_fork\nport = {port}", "scgi_request_buffering off;"),
    "fastcgi": (
        "fastcgi",
        "use = egg:PasteScript#flup_fcgi_thread\nhost = localhost\nport = {port}",
        "fastcgi_keep_conn on; fastcgi_request_buffering off;",
    ),
    "fastcgi_fork": ("fastcgi", "use = egg:flup#fcgi_fork\nhost = localhost\nport = {port}", "fastcgi_keep_conn on;"),
    "uwsgi": ("uwsgi", "use = egg:tampu#uwsgi\nuwsgi-socket = 127.0.0.1:{port}", ""),
}


class Front:
    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, path: str = "/", body: bytes | None = None, method: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(pasted.HERE, self.port, timeout=pasted.PATIENCE)
        given = headers or {}
        chunks = iter([body or b""]) if "Transfer-Encoding" in given else None
        try:
            connection.request(method or ("POST" if body else "GET"), path, chunks or body, given, encode_chunked=True)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def fronts(app_python: Path, nginx_layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    folder = tmp_path_factory.mktemp("front ends")
    servers, found = [], {}
    with ExitStack() as stack:
        for name, (protocol, section, more) in BEHIND.items():
            behind, port = pasted.free_port(), pasted.free_port()
            config = pasted.write(folder / name, section.format(port=behind))
            stack.enter_context(pasted.serving(app_python, config, behind))
            lines = "\n".join(f"{protocol}_param {key} {value};" for key, value in PARAMETERS[protocol].items())
            said = {"name": name, "protocol": protocol, "behind": behind, "port": port, "more": more}
            servers.append(SERVER.format(**said, parameters=lines))
            found[name] = Front(port)
        stack.enter_context(running(nginx_layer, tmp_path_factory.mktemp("nginx_run"), "\n".join(servers)))
        for front in found.values():
            until_answers(front)
        yield found


@contextmanager
def running(layer: Path, folder: Path, servers: str) -> Iterator[None]:
    config = folder / "nginx.conf"
    config.write_text(MAIN.format(folder=folder, servers=servers, user="user root;" if os.geteuid() == 0 else ""))
    env = {"LD_LIBRARY_PATH": str(layer / "lib")}
    process = subprocess.Popen((layer / "bin" / "nginx", "-p", folder, "-e", "stderr", "-c", config), env=env)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(pasted.PATIENCE)


def until_answers(front: Front) -> None:
    deadline = time.monotonic() + pasted.PATIENCE
    while not answers(front):
        assert time.monotonic() < deadline, "nginx doesn't start"
        time.sleep(0.05)


def answers(front: Front) -> bool:
    try:
        return front.ask()[0].status == 200
    except ConnectionRefusedError:
        return False


@pytest.fixture(params=BEHIND)
def front(request: pytest.FixtureRequest, fronts: dict[str, Front]) -> Front:
    found: Front = fronts[request.param]
    return found


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_arrives_to_the_byte(front: Front, *, chunked: bool) -> None:
    body = os.urandom(200_000)
    headers = {"Transfer-Encoding": "chunked"} if chunked else {}

    assert hashlib.md5(body).hexdigest().encode() == front.ask("/", body, headers=headers)[1]  # noqa: S324 - no secret


def test_an_answer_of_unknown_length_comes_in_chunks(front: Front) -> None:
    answer, body = front.ask("/lines")

    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert body == b"".join(b"%d\n" % number for number in range(500))


def test_head_and_304_have_no_body(front: Front) -> None:
    head, nothing = front.ask("/", method="HEAD")
    same, nothing_either = front.ask("/same")

    assert (200, "32", b"") == (head.status, head.headers["Content-Length"], nothing)
    assert (304, b"") == (same.status, nothing_either)


def test_the_app_knows_what_was_asked(front: Front) -> None:
    assert front.ask("/greeting/%C3%A9%20x?a=b&c")[0].status == 200
    environ = json.loads(front.ask("/environ?a=b&c", headers={"X-Two-Words": "x"})[1])

    assert ("", "/environ", "a=b&c") == (environ.get("SCRIPT_NAME", ""), environ["PATH_INFO"], environ["QUERY_STRING"])
    assert ("127.0.0.1", "x", "http") == (
        environ["REMOTE_ADDR"],
        environ["HTTP_X_TWO_WORDS"],
        environ["wsgi.url_scheme"],
    )


def test_an_error_of_the_app_is_answered(front: Front) -> None:
    # uWSGI leaves the answer to nginx.
    assert front.ask("/boom")[0].status in {500, 502}
    assert front.ask("/")[0].status == 200


def test_an_answer_that_breaks_off_does_not_pass_for_a_whole_one(fronts: dict[str, Front]) -> None:
    for name in ("scgi", "scgi_fork", "fastcgi", "fastcgi_fork"):
        with pytest.raises(http.client.IncompleteRead):
            fronts[name].ask("/half")


def test_a_thousand_requests_are_answered(front: Front) -> None:
    failed: list[object] = []

    def ask_often() -> None:
        for number in range(EACH):
            body = b"x" * (number * 100)
            answer, found = front.ask("/", body)
            if answer.status != 200 or found != hashlib.md5(body).hexdigest().encode():  # noqa: S324 - no secret
                failed.append((answer.status, found))

    threads = [threading.Thread(target=ask_often) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
