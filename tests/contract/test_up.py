"""`tampu up`, called as people do, with the whole web stack under it."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest

from tests.kit import buildpack
from tests.kit.builds import clone, write_app
from tests.kit.served import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 120
# While the app is broken its clients wait.
SOON = 2
WSGI = """\
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"{says}"]
"""
ASGI = """\
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": b"{says}"}})
"""


class Running:
    """A `tampu up` with all that it has said."""

    def __init__(self, app: Path, env: dict[str, str], *options: str) -> None:
        self.lines: list[str] = []
        self.port = free_port()
        self.process = subprocess.Popen(
            (buildpack.BIN / "tampu", "up", app, "--port", str(self.port), *options),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, "\n".join(self.lines)
            time.sleep(0.02)

    def says(self, words: str, times: int = 1) -> None:
        self.until(lambda: sum(words in line for line in self.lines) >= times)

    def answers(self, text: str) -> None:
        self.until(lambda: self.answer() == text)

    def answer(self, patience: float = SOON) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=patience) as answer:
                found: str = answer.read().decode()
        except HTTPError as error:
            return str(error.code)
        except (OSError, HTTPException):
            return ""
        return found

    def is_given(self, app: Path, files: dict[str, str]) -> None:
        """All of them at one instant: it sees no file that is half written, and none without the others."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            write_app(app, files)
        finally:
            self.process.send_signal(signal.SIGCONT)

    def ends(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join()
        return code

    def left(self, app: Path) -> list[str]:
        """Processes that know the app's folder, by their command lines."""
        mark = f"HOME={app}"
        return [
            place.name
            for place in Path("/proc").glob("[1-9]*")
            if place.name != str(self.process.pid) and mark in _environment(place)
        ]


def _environment(place: Path) -> str:
    try:
        return (place / "environ").read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def tmp() -> Iterator[Path]:
    """Where temporary files go; pytest's own paths are too long for sockets."""
    with tempfile.TemporaryDirectory(prefix="up-") as place:
        yield Path(place)


@pytest.fixture
def env(mirror: Path, index: str, seed: Path, tmp_path: Path, tmp: Path) -> dict[str, str]:
    clone(seed / "tampu", tmp_path / "caches/tampu")
    (tmp_path / "machine").mkdir()
    return {
        **buildpack.hostile(tmp_path / "machine", {"python3": buildpack.python()}),
        "TAMPU_MIRROR": str(mirror),
        "PIP_INDEX_URL": index,
        "XDG_CACHE_HOME": str(tmp_path / "caches"),
        "TMPDIR": str(tmp),
    }


@pytest.fixture
def up(env: dict[str, str]) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(app: Path, *options: str) -> Running:
        started.append(Running(app, env, *options))
        return started[-1]

    yield start
    for each in started:
        each.process.terminate()
        each.ends()


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path / "an app", {".python-version": "3.13\n", "wsgi.py": WSGI.format(says="one")})


def test_it_serves_until_ctrl_c_and_leaves_nothing(app: Path, up: Callable[..., Running], tmp: Path) -> None:
    running = up(app)
    running.says(f"-----> Serving on http://127.0.0.1:{running.port} (Ctrl-C ends it)")
    running.answers("one")
    assert running.left(app)
    running.process.send_signal(signal.SIGINT)

    assert (0, []) == (running.ends(), running.left(app))
    assert [] == list(tmp.iterdir())
    assert {".python-version", ".tampu", "wsgi.py"} == {path.name for path in app.iterdir()} - {"__pycache__"}
    assert "-----> Ending" == [line for line in running.lines if line.startswith("----->")][-1]
    running.says("nginx stdout | 127.0.0.1 (-) - - [")


def test_who_has_asked_by_then_is_answered(app: Path, env: dict[str, str], up: Callable[..., Running]) -> None:
    env["TAMPU_DRAIN"] = "12"
    slow = WSGI.replace("    start_response", "    print('asked', flush=True)\n    time.sleep(0.5)\n    start_response")
    running = up(write_app(app, {"wsgi.py": "import time\n" + slow.format(says="in time")}))
    running.says("-----> Serving on")
    found: list[str] = []
    client = Thread(target=lambda: found.append(running.answer(PATIENCE)))
    client.start()
    running.says("asked")
    running.process.send_signal(signal.SIGINT)
    client.join()

    assert (0, ["in time"]) == (running.ends(), found)


@pytest.mark.parametrize(("name", "text"), [("wsgi.py", WSGI), ("asgi.py", ASGI)])
def test_a_change_is_served_and_a_mistake_is_mended_by_the_next(
    name: str, text: str, up: Callable[..., Running], tmp_path: Path
) -> None:
    app = write_app(tmp_path / "app", {".python-version": "3.13\n", name: text.format(says="one")})
    running = up(app)
    running.answers("one")

    running.is_given(app, {name: text.format(says="two")})
    running.answers("two")
    running.says("-----> Reloaded")
    running.is_given(app, {name: "this is no Python\n"})
    running.says("app can't start: the lines above say why. The next change starts it again.")
    running.says("SyntaxError")
    running.is_given(app, {name: text.format(says="three")})
    running.answers("three")


def test_an_app_that_is_broken_from_the_start_is_mended_by_a_change(app: Path, up: Callable[..., Running]) -> None:
    late = "import time\ntime.sleep(1.5)\nimport nothing_of_that_name\n"
    write_app(app, {"wsgi.py": f"{late}\n\ndef application(environ, start_response): ...\n"})
    running = up(app)
    running.says("app can't start")
    running.says("No module named 'nothing_of_that_name'")

    running.is_given(app, {"wsgi.py": WSGI.format(says="here")})
    running.answers("here")


def test_what_the_build_reads_is_built_again(app: Path, up: Callable[..., Running]) -> None:
    running = up(app)
    running.answers("one")
    running.is_given(app, {"requirements.txt": "alpha\n", "wsgi.py": "import alpha\n" + WSGI.format(says="two")})

    running.answers("two")
    running.says("requirements.txt, wsgi.py changed")
    running.says("-----> Serving on", times=2)


def test_nothing_is_left_when_tampu_itself_is_killed(app: Path, up: Callable[..., Running]) -> None:
    running = up(app)
    running.answers("one")
    running.process.kill()
    running.ends()

    running.until(lambda: not running.left(app))


def test_a_build_that_fails_is_an_end_before_there_is_anything_to_serve(app: Path, up: Callable[..., Running]) -> None:
    write_app(app, {"requirements.txt": "no-such-package\n"})

    assert 1 == up(app).ends()


def test_without_reload_a_broken_app_is_an_end(app: Path, up: Callable[..., Running]) -> None:
    write_app(app, {"wsgi.py": "import nothing_of_that_name\n\n\ndef application(environ, start_response): ...\n"})

    assert 1 == up(app, "--no-reload").ends()


def test_a_postinstall_that_fails_is_mended_by_a_change(up: Callable[..., Running], tmp_path: Path) -> None:
    files = {
        ".python-version": "3.13\n",
        "dotcloud.yml": "www:\n  type: python\n  postinstall: exit 3\n",
        "wsgi.py": WSGI.format(says="one"),
    }
    app = write_app(tmp_path / "app", files)
    running = up(app)
    running.says("it ended with exit code 1. The next change starts it again.")

    running.is_given(app, {"dotcloud.yml": files["dotcloud.yml"].replace("exit 3", "echo done")})
    running.answers("one")


def test_a_place_for_temporary_files_that_is_too_deep_for_sockets(
    app: Path, env: dict[str, str], up: Callable[..., Running], tmp: Path
) -> None:
    env["TMPDIR"] = str(tmp / ("deep" * 20))
    Path(env["TMPDIR"]).mkdir()

    running = up(app)
    running.answers("one")
    running.process.send_signal(signal.SIGINT)

    assert 0 == running.ends()


def test_a_worker(up: Callable[..., Running], tmp_path: Path) -> None:
    files = {
        ".python-version": "3.13\n",
        "dotcloud.yml": "counter:\n  type: python-worker\n  process: exec python worker.py\n",
        "worker.py": "import time\nprint('one', flush=True)\ntime.sleep(600)\n",
    }
    app = write_app(tmp_path / "app", files)
    running = up(app)
    running.says("counter stdout | one")
    running.says("-----> Running worker (Ctrl-C ends it)")

    running.is_given(app, {"worker.py": files["worker.py"].replace("one", "two")})
    running.says("counter stdout | two")
    running.process.send_signal(signal.SIGTERM)

    assert (0, []) == (running.ends(), running.left(app))
