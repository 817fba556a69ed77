"""The examples, built as a platform builds them and started as Procfile.default says: what they promise, they do."""

from __future__ import annotations

import base64
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.world import ports
from tests.kit import builds, require, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit.served import Served

    Up = Callable[[str], Served]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PATIENCE = 60
# A browser that is told to show a page may leave before its websocket is there.
VISITS = 5
GONE_BY_THEN = "499"
LEFT_OUT = shutil.ignore_patterns(".tampu", "staticfiles", "__pycache__")
UWSGI = "uwsgi"
ACCESS = re.compile(r'nginx stdout \| .*"GET (?P<path>\S+) HTTP/1.1" (?P<status>\d+) .*"(?P<agent>[^"]*)" \S+')


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path) -> Iterator[Up]:
    """`up("flask")` has built that example and started it, once for all tests here."""
    running: dict[str, Served] = {}
    with ExitStack() as stack:

        def start(name: str) -> Served:
            if name not in running:
                place = tmp_path_factory.mktemp(name)
                platform = builds.Platform.make(place / "platform", mirror, index, seed)
                app = Path(shutil.copytree(EXAMPLES / name, place / "app", ignore=LEFT_OUT))
                platform.compile(app)
                running[name] = stack.enter_context(served.serve(app, place / "run"))
            return running[name]

        yield start


def answer(up: Served, path: str) -> tuple[http.client.HTTPResponse, str]:
    """The first answer there is, from whoever answers at the app's port."""
    deadline = time.monotonic() + PATIENCE
    while not ports.answers(up.port):
        assert time.monotonic() < deadline, up.said()
        time.sleep(0.02)
    connection = http.client.HTTPConnection("localhost", up.port, timeout=PATIENCE)
    connection.request("GET", path)
    response = connection.getresponse()
    return response, response.read().decode()


def page(up: Served, path: str = "/") -> str:
    response, text = answer(up, path)
    assert 200 == response.status, text + up.said()
    return text


def said(up: Served, line: str) -> bool:
    """Whether it says that, now or soon."""
    deadline = time.monotonic() + PATIENCE
    while not re.search(line, up.said(), re.MULTILINE):
        assert time.monotonic() < deadline, up.said()
        time.sleep(0.02)
    return True


@contextmanager
def asleep(up: Served, words: str) -> Iterator[None]:
    """The app's server is there and does nothing at all."""
    processes = up.pids(words)
    assert processes
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_each_says_in_a_few_lines_what_it_is_and_how_to_start_it(name: str) -> None:
    lines = (EXAMPLES / name / "README.md").read_text(encoding="utf-8").splitlines()

    assert f"    bin/tampu up examples/{name}" == lines[-1]
    assert len(lines) <= 6


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flask", "This page was made by Python 3.13"),
        ("django", "Hello from Django 6"),
        ("fastapi", "Hello from FastAPI"),
        ("pyramid", "A house after each day&#39;s walk."),
        ("dotcloud", "<h1>Good morning</h1>\n<p>This is www."),
    ],
)
def test_pages(name: str, words: str, up: Up) -> None:
    assert words in page(up(name))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("flask", "/static/page.css"),
        ("flask", "/static/page.js"),
        ("django", "/static/pages/page.css"),
        ("pyramid", "/static/page.css"),
        ("dotcloud", "/static/page.css"),
    ],
)
def test_what_a_page_names_is_there(name: str, path: str, up: Up) -> None:
    assert f'"{path}"' in page(up(name))
    assert page(up(name), path)


@pytest.mark.parametrize(("name", "path"), [("django", "/static/pages/page.css"), ("dotcloud", "/static/page.css")])
def test_nginx_sends_static_files_whatever_the_app_is_at(name: str, path: str, up: Up) -> None:
    page(up(name))
    with asleep(up(name), UWSGI):
        response, text = answer(up(name), path)

    assert (200, "text/css") == (response.status, response.headers.get_content_type())
    assert "font:" in text


def test_an_app_s_own_settings_of_nginx_count(up: Up) -> None:
    response, _ = answer(up("dotcloud"), "/static/page.css")

    assert "max-age=3600" == response.headers["Cache-Control"]


def test_an_app_s_own_page_for_what_is_not_there(up: Up) -> None:
    response, text = answer(up("dotcloud"), "/static/nowhere.png")

    assert (404, True) == (response.status, "<title>Not here</title>" in text)


def test_what_runs_before_the_app_and_beside_it(up: Up) -> None:
    dotcloud = up("dotcloud")
    page(dotcloud)

    assert said(dotcloud, r"^postinstall: the app can be imported$")
    assert said(dotcloud, r"^clock stdout \| It is \d\d:\d\d$")
    assert said(dotcloud, r"^reporter stdout \| The app has \d+ bytes$")


def test_settings_of_uwsgi(up: Up) -> None:
    dotcloud = up("dotcloud")
    page(dotcloud)

    assert 2 == len(dotcloud.workers(UWSGI))
    assert said(dotcloud, "python threads support enabled")


def test_json(up: Up) -> None:
    assert '{"hello":"Quilla"}' == page(up("flask"), "/hello/Quilla").strip()
    assert '{"number":5,"square":25}' == page(up("fastapi"), "/items/5")


def test_an_answer_that_comes_in_pieces(up: Up) -> None:
    fastapi = up("fastapi")
    page(fastapi)
    connection = http.client.HTTPConnection("localhost", fastapi.port, timeout=PATIENCE)
    connection.request("GET", "/count")
    response = connection.getresponse()

    arrived = [(response.readline(), time.monotonic()) for _ in range(5)]

    assert [b"1\n", b"2\n", b"3\n", b"4\n", b"5\n"] == [line for line, _ in arrived]
    assert arrived[-1][1] - arrived[0][1] > 0.4


def test_a_websocket(up: Up) -> None:
    fastapi = up("fastapi")
    page(fastapi)
    key = base64.b64encode(bytes(16)).decode()
    wishes = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    with socket.create_connection(("localhost", fastapi.port), PATIENCE) as connection:
        connection.sendall(f"GET /echo HTTP/1.1\r\n{wishes}Sec-WebSocket-Key: {key}\r\n\r\n".encode())
        stream = connection.makefile("rb")
        status = stream.readline()
        headers = [line for line in iter(stream.readline, b"\r\n") if line.lower().startswith(b"upgrade:")]
        # A frame with text, masked by zeros: as long as its second byte says, less the bit of the mask.
        connection.sendall(b"\x81\x85\0\0\0\0hello")
        frame = stream.read(7)

    assert (b"HTTP/1.1 101 Switching Protocols\r\n", 1) == (status, len(headers))
    assert b"\x81\x05hello" == frame


def test_a_worker_works_and_nobody_listens(up: Up) -> None:
    worker = up("worker")

    assert said(worker, r"^counter stdout \| Work number 2 is done$")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("localhost", worker.port))


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        (
            "flask",
            "This page was made by Python 3.13",
            {"/": "200", "/static/page.css": "200", "/static/page.js": "200"},
        ),
        ("django", "its stylesheet was sent by nginx", {"/": "200", "/static/pages/page.css": "200"}),
        ("fastapi", "What you type goes through a websocket", {"/": "200", "/echo": "101"}),
    ],
)
def test_a_browser_shows_the_page_and_has_nothing_to_complain_of(
    name: str, words: str, expected: dict[str, str], up: Up, tmp_path: Path
) -> None:
    require.need("chromium")
    app = up(name)
    page(app)

    for _ in range(VISITS):
        dom, complaints = browse(f"http://localhost:{app.port}/", tmp_path)
        for path in expected:
            assert said(app, rf'"GET {path} HTTP/1\.1" .*HeadlessChrome')
        if GONE_BY_THEN not in asked_for_by(app, "HeadlessChrome").values():
            break

    assert ([], True) == (complaints, words in dom)
    assert expected == asked_for_by(app, "HeadlessChrome")


def asked_for_by(up: Served, browser: str) -> dict[str, str]:
    lines = (found for line in up.said().splitlines() if (found := ACCESS.fullmatch(line)))
    return {found["path"]: found["status"] for found in lines if browser in found["agent"]}


def browse(address: str, place: Path) -> tuple[str, list[str]]:
    """The page as it is once its scripts have run, and what the browser's console says."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={place}")
    done = subprocess.run(
        ("chromium", *options, "--timeout=30000", "--dump-dom", address),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        env={"HOME": str(place), "PATH": os.environ["PATH"]},
    )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
