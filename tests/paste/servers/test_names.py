"""Servers by the names that configs of fifteen years have for them, without the packages that had them."""

from __future__ import annotations

import signal
import subprocess
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.kit import gateways, pasted

if TYPE_CHECKING:
    from pathlib import Path

BODY = b"hello"
DIGEST = b"5d41402abc4b2a76b9719d911017c592"
HTTP = (
    ("egg:PasteScript#wsgiutils", "", "wsgiutils is no more: waitress serves in its place"),
    ("egg:PasteScript#cherrypy", "numthreads = 3\nserver_name = x", "cherrypy is no more: waitress"),
    ("egg:Paste#http", "use_threadpool = true\nthreadpool_workers = 3\nthreadpool_spawn_if_under = 2", pasted.READY),
    ("egg:waitress#main", "threads = 2", pasted.READY),
    ("egg:tampu#waitress", "", pasted.READY),
    ("egg:gunicorn#main", "workers = 2", "Booting worker"),
    ("egg:tampu#gunicorn", "worker_class = gthread\nthreads = 2", "gthread"),
    ("egg:tampu#uvicorn", "log_level = warning\naccess_log = no", pasted.READY),
    ("egg:tampu#uwsgi", "processes = 2\ndisable-logging = true", "goodbye to uWSGI"),
)
IDS = [use.partition(":")[2].replace("#", " ") for use, _, _ in HTTP]


def post(port: int, path: str = "/") -> bytes:
    with urllib.request.urlopen(f"http://{pasted.HERE}:{port}{path}", BODY, pasted.PATIENCE) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize(("use", "more", "told"), HTTP, ids=IDS)
def test_a_name_of_old_serves(use: str, more: str, told: str, app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path / "app", f"use = {use}\nhost = {pasted.HERE}\nport = {port}\n{more}")
    with pasted.serving(app_python, config, port) as served:
        assert post(port) == DIGEST
        served.tell(signal.SIGTERM)

        assert served.ended() == 0
    assert told in served.said()


@pytest.mark.parametrize("name", ["wsgiutils", "flup_scgi_thread"])
def test_a_server_is_chosen_by_its_name_alone(name: str, app_python: Path, tmp_path: Path) -> None:
    """Instead of the config's, at the port that it has always had."""
    config = pasted.write(tmp_path, "use = egg:PasteScript#twisted")

    code, said = pasted.refused(app_python, config, server_type="twisted")
    assert code == 2
    assert "no-twisted" in said
    code, said = pasted.refused(app_python, config, server_type=f"{name}x")
    assert code != 0
    assert name in said


def test_requests_are_logged_where_they_always_were(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, f"use = egg:PasteScript#wsgiutils\nhost = {pasted.HERE}\nport = {port}")
    with pasted.serving(app_python, config, port) as served:
        post(port, "/a%20b?c=d")
        served.until_says('"POST /a%20b?c=d HTTP/1.1" 200 32 "-" "Python-urllib')


def test_one_request_as_a_cgi_program(app_python: Path, tmp_path: Path) -> None:
    config = pasted.write(tmp_path, "use = egg:PasteScript#cgi")
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "5", "PATH_INFO": "/", "SERVER_PROTOCOL": "HTTP/1.0"}
    ask = pasted.ask(config).as_json()
    ended = subprocess.run((app_python, pasted.PROGRAM, ask), env=environ, input=BODY, capture_output=True, check=True)

    assert gateways.cgi_reply(ended.stdout).body == DIGEST


def test_an_app_that_speaks_asgi(app_python: Path, tmp_path: Path) -> None:
    port = pasted.free_port()
    config = pasted.write(tmp_path, f"use = egg:tampu#uvicorn\nport = {port}", app="make_async")
    with pasted.serving(app_python, config, port):
        assert post(port) == b"async"


def test_uwsgi_speaks_several_protocols_at_once(app_python: Path, tmp_path: Path) -> None:
    ports = [pasted.free_port() for _ in range(3)]
    where = dict(zip(("http-socket", "scgi-socket", "fastcgi-socket"), ports, strict=True))
    lines = [f"{name} = {pasted.HERE}:{port}" for name, port in where.items()]
    config = pasted.write(tmp_path / "app", "\n".join(["use = egg:tampu#uwsgi", *lines]))
    with pasted.serving(app_python, config, ports[0]):
        assert post(ports[0]) == DIGEST
        assert gateways.scgi(ports[1], "/", BODY).body == DIGEST
        assert gateways.fcgi(ports[2], "/", BODY).body == DIGEST


def test_gunicorn_listens_at_several_places(app_python: Path, tmp_path: Path) -> None:
    port, place = pasted.free_port(), tmp_path / "sock"
    config = pasted.write(tmp_path / "app", f"use = egg:gunicorn#main\nbind = {pasted.HERE}:{port} unix:{place}")
    with pasted.serving(app_python, config, port):
        assert post(port) == DIGEST
        assert place.is_socket()
