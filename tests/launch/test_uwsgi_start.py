from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import new_run
import pytest
from refusal import Refusal
from uwsgi_start import EXPAT, command, with_expat, with_interpreter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.launch.homes import Home

STACK = {"server": "uwsgi", "app": "wsgi:application", "path": ["."]}
# In the place of uWSGI: it tells what it got.
TELLS = """\
import json, os, stat, sys
print(json.dumps({
    "words": sys.argv[1:], "cwd": os.getcwd(), "socket": stat.S_ISSOCK(os.fstat(0).st_mode),
    "ready": os.path.exists(os.environ["TAMPU_RUN"] + "/ready"),
}))
"""


@pytest.fixture
def served(home: Home, run: Path) -> Home:
    new_run.make(str(run), str(home.path))
    home.decide(**STACK)
    home.write(".tampu/site/bin/uwsgi", TELLS)
    (home.path / "current").symlink_to(".")
    return home


def start(home: Home, *words: str, stdin: int = subprocess.DEVNULL) -> dict[str, object]:
    argv = (str(home.path / ".tampu/python/bin/python3"), str(home.path / ".tampu/launch/uwsgi_start.py"), *words)
    env = {"HOME": str(home.path), "TAMPU_RUN": str(home.run)}
    ended = subprocess.run(argv, env=env, stdin=stdin, capture_output=True, text=True, check=False)
    assert 0 == ended.returncode, ended.stderr
    told: dict[str, object] = json.loads(ended.stdout)
    return told


def test_a_wheel_of_uwsgi_is_told_how_it_starts_again(served: Home) -> None:
    python = f"{served.path}/.tampu/python/bin/python3"

    words = command(STACK, str(served.path), "/run", ["--extra"], {})

    assert [python, f"{served.path}/.tampu/site/bin/uwsgi", "--binary-path", python] == words[:4]
    assert "--extra" == words[-1]


def test_a_uwsgi_that_was_built_is_told_where_python_is(served: Home) -> None:
    program = served.path / ".tampu/site/bin/uwsgi"
    program.write_bytes(b"\x7fELF and more")

    assert [str(program), "--pyhome", f"{served.path}/.tampu/python"] == command(STACK, str(served.path), "/r", [], {})[
        :3
    ]


def test_a_uwsgi_that_was_built_finds_the_interpreter_where_it_is_now() -> None:
    built = ["/app/.tampu/site/bin/uwsgi", "--pyhome", "/app/.tampu/python"]

    assert {"LD_LIBRARY_PATH": "/app/.tampu/python/lib"} == with_interpreter(built, "/app", {})
    assert {"LD_LIBRARY_PATH": "/a:/app/.tampu/python/lib"} == with_interpreter(
        built, "/app", {"LD_LIBRARY_PATH": "/a"}
    )
    assert {} == with_interpreter(["/app/.tampu/python/bin/python3", "uwsgi"], "/app", {})


def test_no_uwsgi_at_all(served: Home) -> None:
    (served.path / ".tampu/site/bin/uwsgi").unlink()

    with pytest.raises(Refusal, match="There is no uWSGI"):
        command(STACK, str(served.path), "/run", [], {})


def test_an_asynchronous_app_has_another_server(served: Home) -> None:
    words = command({**STACK, "server": "asgi"}, str(served.path), "/run", ["--x"], {})

    assert ["asgi_start.py", "--x"] == [words[1].rpartition("/")[2], *words[2:]]


def test_a_look_at_the_options_ends_before_the_app(served: Home) -> None:
    assert ["--hook-asap", "exit:0"] == command(STACK, str(served.path), "/run", ["--check"], {})[-2:]


def test_the_socket_that_is_handed_over_is_kept(served: Home) -> None:
    with socket.socket(socket.AF_UNIX) as theirs:
        told = start(served, stdin=theirs.fileno())

    assert told["socket"]
    assert not (served.run / "nginx.socket").exists()


def test_without_one_it_is_made_for_us_alone(served: Home) -> None:
    for _ in range(2):
        assert start(served)["socket"]

    assert 0o600 == stat.S_IMODE((served.run / "nginx.socket").stat().st_mode)


def test_it_is_not_ready_before_it_says_so(served: Home) -> None:
    (served.run / "ready").touch()

    told = start(served)

    assert (False, str(served.path)) == (told["ready"], told["cwd"])


def test_a_look_changes_nothing(served: Home) -> None:
    (served.run / "ready").touch()

    assert start(served, "--check")["ready"]
    assert not (served.run / "nginx.socket").exists()


def test_a_library_that_the_machine_lacks(tmp_path: Path) -> None:
    ours = tmp_path / "home/.tampu/nginx/lib" / EXPAT
    ours.parent.mkdir(parents=True)
    ours.touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "usr").mkdir()

    def found(environ: dict[str, str]) -> dict[str, str]:
        return with_expat(str(tmp_path / "home"), str(tmp_path / "run"), environ, (str(tmp_path / "u*"),))

    alone = found({})
    beside = found({"LD_LIBRARY_PATH": "/theirs"})
    (tmp_path / "usr" / EXPAT).touch()

    assert ours.samefile(f"{alone['LD_LIBRARY_PATH']}/{EXPAT}")
    assert [EXPAT] == os.listdir(alone["LD_LIBRARY_PATH"])  # noqa: PTH208 - a path of its own
    assert f"/theirs:{tmp_path}/run/lib" == beside["LD_LIBRARY_PATH"]
    assert {} == found({})


def test_a_library_that_nobody_has(tmp_path: Path) -> None:
    assert {"A": "b"} == with_expat(str(tmp_path), str(tmp_path), {"A": "b"}, ())


def test_a_start_that_is_refused_says_why(served: Home) -> None:
    ended = served.call(
        sys.executable, served.path / ".tampu/launch/uwsgi_start.py", WEB_CONCURRENCY="many\nprocesses=9"
    )

    assert 1 == ended.code
    assert ended.err.startswith("tampu: WEB_CONCURRENCY can't be used")


def test_a_home_without_its_code(served: Home) -> None:
    (served.path / "current").unlink()

    ended = served.call(sys.executable, served.path / ".tampu/launch/uwsgi_start.py")

    assert (1, True) == (ended.code, ended.err.endswith("current: No such file or directory\n"))
