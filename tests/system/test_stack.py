from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.kit import builds
from tests.kit.served import PROC, Served, serve
from tests.kit.supervised import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.builds import Platform

WSGI = """\
import json, os, time

with open("version") as file:
    VERSION = file.read()

def application(environ, start_response):
    length = int(environ.get("HTTP_X_LENGTH", 0))
    path = environ["PATH_INFO"]
    if path == "/missing":
        start_response("404 Not Found", [])
        return [b"the app's own"]
    if path == "/slow":
        open("slow", "w").close()
        time.sleep(1)
    if path == "/die" and not os.path.exists("died"):
        open("died", "w").close()
        os.kill(os.getpid(), 9)
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = b"x" * length or json.dumps({**texts, "pid": os.getpid(), "version": VERSION}).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
NGINX_CONF = """\
client_max_body_size 2m;
location /static/ { alias app/current/static/; }
location /files/ { root app/current; try_files $uri @app; }
location @502 { return 502 "soon back\\n"; }
location /gone/ { proxy_pass http://127.0.0.1:9; }
"""
FILES = {
    "requirements.txt": "",
    "dotcloud.yml": "www:\n  type: python\n  approot: web\n  config:\n    uwsgi_processes: 2\n    uwsgi_harakiri: 9\n",
    "web/wsgi.py": WSGI,
    "web/version": "1",
    "web/nginx.conf": NGINX_CONF,
    "web/my-uwsgi.conf": "uwsgi_param COLOUR crimson;\n",
    "web/static/style.css": "body {}\n" * 500,
    "web/static/.secret": "hidden",
    "web/static/404.html": "nothing here",
    "web/static/503.html": "back at noon",
    "web/files/.git/config": "hidden",
    "web/.well-known/security.txt": "of the app",
    ".env": "hidden",
}


LOGGED = (
    r"nginx stdout \| 203\.0\.113\.9 \(203\.0\.113\.8\) - - \[.+\] "
    r'"GET /logged\?once HTTP/1\.1" 200 \d+ "-" "tester" \d\.\d+'
)


class Answer(NamedTuple):
    code: int
    headers: dict[str, str]
    body: bytes

    @property
    def environ(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.body)
        return found


def ask(served: Served, path: str, *options: str, data: bytes | None = None) -> Answer:
    argv = ("curl", "-sS", "-i", "-m", "60", "--path-as-is", *options, f"http://127.0.0.1:{served.port}{path}")
    said = subprocess.run(argv, input=data, capture_output=True, check=True).stdout
    head, _, body = said.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return Answer(int(status.split()[1]), {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}, body)


def until_it_answers(served: Served) -> None:
    argv = ("curl", "-sf", f"http://127.0.0.1:{served.port}/")
    until(lambda: not subprocess.run(argv, capture_output=True, check=False).returncode, served.said)


@pytest.fixture(scope="module")
def app(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stack")
    platform = builds.Platform.make(place / "platform", mirror, index, seed)
    app = builds.write_app(place / "an app's 'home'", FILES)
    platform.compile(app)
    return app


@pytest.fixture(scope="module")
def served(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(app, tmp_path_factory.mktemp("s"), {"UWSGI_ENABLE_THREADS": "true"}) as served:
        until_it_answers(served)
        yield served


def test_the_app_learns_what_it_is_asked(served: Served) -> None:
    environ = ask(served, "/a%20b?c=d", "-H", "Host: shop.example").environ

    expected = {"PATH_INFO": "/a b", "SCRIPT_NAME": "", "QUERY_STRING": "c=d", "HTTP_HOST": "shop.example"}
    assert expected.items() <= environ.items()
    assert ("http", "127.0.0.1", "crimson") == tuple(environ[k] for k in ("wsgi.url_scheme", "REMOTE_ADDR", "COLOUR"))


def test_a_router_says_whom_it_speaks_for(served: Served) -> None:
    told = ("-H", "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.7", "-H", "X-Forwarded-Proto: https")

    environ = ask(served, "/", *told).environ

    assert ("https", "203.0.113.9", "on") == tuple(environ[k] for k in ("wsgi.url_scheme", "REMOTE_ADDR", "HTTPS"))
    assert "https" == environ["HTTP_X_FORWARDED_PROTO"]


def test_static_files_of_the_users_configuration(served: Served) -> None:
    answer = ask(served, "/static/style.css", "-H", "Accept-Encoding: gzip")

    assert (200, "text/css; charset=utf-8", "gzip") == (
        answer.code,
        answer.headers["content-type"],
        answer.headers["content-encoding"],
    )


@pytest.mark.parametrize(
    "path",
    [
        "/static/.secret",
        "/static/x/../.secret",
        "/static/%2esecret",
        "/files/.git/config",
        "/.env",
        "/.tampu/stack.json",
    ],
)
def test_hidden_files_are_the_apps_to_answer(served: Served, path: str) -> None:
    assert ask(served, path).environ["PATH_INFO"]


def test_what_is_no_file_is_the_apps_to_answer_where_the_user_says_so(served: Served) -> None:
    assert "/files/none" == ask(served, "/files/none").environ["PATH_INFO"]


def test_pages_for_errors_of_nginx_and_not_of_the_app(served: Served) -> None:
    assert (404, b"nothing here") == (ask(served, "/static/none").code, ask(served, "/static/none").body)
    assert (404, b"the app's own") == (ask(served, "/missing").code, ask(served, "/missing").body)
    assert (502, b"soon back\n") == (ask(served, "/gone/").code, ask(served, "/gone/").body)
    assert 404 == ask(served, "/.tampu-pages/503.html").code


@pytest.mark.parametrize("size", [1_000, 100_000, 1_900_000])
def test_an_answer_arrives_though_the_app_did_not_read_the_body(served: Served, size: int) -> None:
    answers = [ask(served, "/", "-H", "X-Length: 50000", "--data-binary", "@-", data=b"x" * size) for _ in range(5)]

    assert {(200, 50000)} == {(answer.code, len(answer.body)) for answer in answers}


def test_a_body_that_is_larger_than_the_user_allows(served: Served) -> None:
    assert 413 == ask(served, "/", "--data-binary", "@-", data=b"x" * 2_200_000).code


@pytest.mark.parametrize("where", [".", "web"])
def test_maintenance(served: Served, app: Path, where: str) -> None:
    (app / where / "maintenance").touch()
    time.sleep(1.1)
    found = [ask(served, path, *options) for path, *options in (("/",), ("/static/style.css",), ("/", "-d", "a=b"))]
    (app / where / "maintenance").unlink()

    assert {(503, b"back at noon")} == {(answer.code, answer.body) for answer in found}
    time.sleep(1.1)
    assert 200 == ask(served, "/").code


def test_a_request_whose_worker_dies_is_given_to_another(served: Served, app: Path) -> None:
    assert 200 == ask(served, "/die").code
    assert (app / "web/died").exists()


def test_dotcloud_yml_and_variables_say_how_uwsgi_is_started(served: Served) -> None:
    (words,) = {
        " ".join(_words(pid))
        for pid in served.pids("pyuwsgi") + served.pids("bin/uwsgi")
        if "--harakiri 9" in " ".join(_words(pid))
    }

    assert "--processes 2 " in words
    assert "--enable-threads" not in words


def test_a_reload_loses_nothing_and_runs_the_new_code(served: Served, app: Path) -> None:
    (app / "web/version").write_text("2")
    (served.run / "reload").touch()
    found: list[Answer] = []

    def has_new_code() -> bool:
        found.append(ask(served, "/"))
        return "2" == found[-1].environ["version"]

    until(has_new_code, lambda: served.said()[-3000:])

    assert {200} == {answer.code for answer in found}


def test_what_is_logged(served: Served) -> None:
    ask(served, "/logged?once", "-H", "X-Forwarded-For: 203.0.113.9", "-H", "X-Real-IP: 203.0.113.8", "-A", "tester")
    until(lambda: re.search(f"^{LOGGED}$", served.said(), re.MULTILINE), served.said)

    assert 1 == sum("/logged" in line for line in served.said().splitlines())


def test_what_is_on_its_way_is_answered_at_the_end(app: Path, tmp_path: Path) -> None:
    with serve(app, tmp_path / "s") as served:
        until_it_answers(served)
        argv = ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{served.port}/slow")
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as slow:
            until((app / "web/slow").exists, served.said)
            served.tell(signal.SIGTERM)
            code = served.ended()
            answer, _ = slow.communicate()

    assert (0, "200") == (code, answer)


def test_an_app_that_does_not_start_ends_all(platform: Platform, tmp_path: Path) -> None:
    app = builds.write_app(tmp_path / "app", {"requirements.txt": "", "wsgi.py": "application = 1 / 0\n"})
    platform.compile(app)

    with serve(app, tmp_path / "s") as served:
        code = served.ended()
        said = served.said()

    assert code
    assert "ZeroDivisionError" in said


def test_what_changes_is_in_one_folder(served: Served, app: Path) -> None:
    ask(served, "/")

    changing = {"nginx.pid", "nginx.socket", "ready", "supervisor.sock", "supervisord.pid"}
    assert changing <= builds.names(served.run)
    assert set() == changing & {path.name for path in app.rglob("*")}


def _words(pid: int) -> list[str]:
    return (PROC / str(pid) / "cmdline").read_text(encoding="utf-8").split("\0")
