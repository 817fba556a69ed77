from __future__ import annotations

import http.client
import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 120


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path) -> Path:
    place = tmp_path_factory.mktemp("dotcloud")
    platform = builds.Platform.make(place / "platform", mirror, index, seed)
    platform.set_for_user(COLOUR="red")
    app = builds.copy_app("dotcloud_full", place / "app")
    platform.compile(app)
    return app


@pytest.fixture(scope="module")
def up(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Served]:
    env = {"COLOUR": "teal", "DEP_VERSION": "1a2b", "DOTCLOUD_DB_URL": "postgresql://"}
    with served.serve(app, tmp_path_factory.mktemp("run"), env) as up:
        up.until_answers()
        yield up


def ask(up: served.Served, path: str) -> tuple[int, dict[str, str], bytes]:
    asking = http.client.HTTPConnection("127.0.0.1", up.port, timeout=PATIENCE)
    asking.request("GET", path)
    answer = asking.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def test_the_app_runs_as_dotcloud_yml_says(up: served.Served) -> None:
    status, headers, body = ask(up, "/")

    assert (200, "dotcloud") == (status, headers["X-Served-By"])
    assert {
        "environment": {
            "COLOUR": "teal",
            "DOTCLOUD_DB_URL": "postgresql://",
            "DOTCLOUD_ENVIRONMENT": "default",
            "DOTCLOUD_PROJECT": "app",
            "DOTCLOUD_SERVICE_ID": "0",
            "DOTCLOUD_SERVICE_NAME": "www",
            "GREETING": "Good morning",
            "PATTERN": "{app}/{port}",
            "PORT_CHAT": "42801",
            "PORT_WWW": str(up.port),
        },
        "options": {
            "processes": "2",
            "harakiri": "30",
            "buffer-size": "16384",
            "enable-threads": True,
            "single-interpreter": True,
        },
        "ports": [str(up.port), str(up.port), "42801"],
        "here": "web",
        "installed": "Good morning\n",
        "watched": False,
        "through nginx": "yes",
    } == _without_pip(json.loads(body))


def _without_pip(answer: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What a test's platform sets, the addresses of its packages, differs from run to run."""
    answer["environment"].pop("PIP_INDEX_URL", None)
    return answer


def test_nginx_does_what_the_app_s_nginx_conf_says(up: served.Served) -> None:
    assert b"body { color: teal }\n" == ask(up, "/media/style.css")[2]
    assert 301 == ask(up, "/moved")[0]


def wait_for(up: served.Served, *expected: str) -> None:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit and not all(words in up.said() for words in expected):
        time.sleep(0.05)
    assert [] == [words for words in expected if words not in up.said()], up.said()


def test_all_that_runs_beside_it_is_in_the_log(up: served.Served) -> None:
    wait_for(
        up,
        "reporter stdout | reporting to 42801",
        "clock-0 stdout | tick 0",
        "clock-1 stdout | tick 1",
        "installed into web",
        "NEW_RELIC_LICENSE_KEY is not set: the app runs without New Relic",
    )


def test_the_home_looks_as_it_did_on_dotcloud(up: served.Served, app: Path) -> None:
    links = {path.name: str(path.readlink()) for path in app.iterdir() if path.is_symlink()}

    assert {
        "code": ".",
        "current": "code/web",
        "environment.json": f"{up.run}/environment.json",
        "environment.yml": f"{up.run}/environment.yml",
        "git-1a2b": ".",
    } == links


def test_a_licence_is_all_that_new_relic_needs(app: Path, tmp_path: Path) -> None:
    # As its developers run it: the agent does all that it does, but for telling New Relic.
    env = {"NEW_RELIC_LICENSE_KEY": "0" * 40, "NEW_RELIC_DEVELOPER_MODE": "true"}
    with served.serve(app, tmp_path, env) as up:
        up.until_answers()

        assert json.loads(ask(up, "/")[2])["watched"]
        assert "Traceback" not in up.said()


def test_a_postinstall_that_fails_is_the_end_of_it(app: Path, tmp_path: Path) -> None:
    program = app / "web" / "postinstall"
    text = program.read_text(encoding="utf-8")
    program.write_text("exit 3\n", encoding="utf-8")
    try:
        with served.serve(app, tmp_path) as up:
            assert 1 == up.ended()
    finally:
        program.write_text(text, encoding="utf-8")

    assert "Found:    exit code 3" in up.said()
    assert "uWSGI" not in up.said()


def test_a_boot_that_is_ended_leaves_nothing(app: Path, tmp_path: Path) -> None:
    with served.serve(app, tmp_path) as up:
        up.until_answers()
        up.tell(signal.SIGTERM)

        assert (0, []) == (up.ended(), up.processes()), up.said()


def test_a_worker_runs_its_processes_and_nothing_else(tmp_path: Path, mirror: Path, index: str, seed: Path) -> None:
    files = {
        "dotcloud.yml": "jobs:\n  type: python-worker\n  process: python -u work.py\n",
        "work.py": "import os, time\nprint('working in', os.path.basename(os.getcwd()))\ntime.sleep(3600)\n",
    }
    app = builds.write_app(tmp_path / "app", files)
    builds.Platform.make(tmp_path / "platform", mirror, index, seed).compile(app)

    with served.serve(app, tmp_path / "run") as up:
        wait_for(up, "jobs stdout | working in app")
        ran = up.pids("nginx") + up.pids("uwsgi")
        up.tell(signal.SIGTERM)

        assert (0, []) == (up.ended(), ran), up.said()
