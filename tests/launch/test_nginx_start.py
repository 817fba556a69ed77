from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import new_run
import pytest
from nginx_start import binary, command, configure, connections, fill, values, version_of
from refusal import Refusal

from tests.kit.ports import free_port
from tests.kit.supervised import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.launch.homes import Home

TEMPLATE = """\
daemon off;
worker_processes ${WORKERS};
pid nginx.pid;
events { worker_connections ${CONNECTIONS}; }
http {
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp/a; fastcgi_temp_path tmp/b; uwsgi_temp_path tmp/c;
    scgi_temp_path tmp/d;
    server {
        listen ${LISTEN} backlog=${BACKLOG};
        location / { return 200 "${uri}\\n"; }
        location /home/ { alias ${HOME}/; }
    }
}
"""


@pytest.fixture
def served(home: Home, run: Path, nginx_layer: Path) -> Home:
    """With an nginx, and a configuration that is all of one screen."""
    new_run.make(str(run), str(home.path))
    (home.path / ".tampu/nginx").symlink_to(nginx_layer)
    home.write("config/nginx.conf.template", TEMPLATE)
    home.write("hello.txt", "from the home")
    return home


@contextmanager
def start(home: Home, port: int) -> Iterator[subprocess.Popen[str]]:
    argv = (home.path / ".tampu/python/bin/python3", "-E", "-s", "-S", home.path / ".tampu/launch/nginx_start.py")
    env = {"HOME": str(home.path), "TAMPU_RUN": str(home.run), "PORT": str(port), "TAMPU_LISTEN": "127.0.0.1"}
    with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as nginx:
        try:
            yield nginx
        finally:
            nginx.kill()


@pytest.fixture
def port() -> int:
    return free_port()


def get(port: int, path: str) -> str:
    argv = (
        "curl",
        "-sf",
        "--retry",
        "50",
        "--retry-delay",
        "0",
        "--retry-connrefused",
        f"http://127.0.0.1:{port}{path}",
    )
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_only_known_gaps_are_filled() -> None:
    text = "listen ${PORT}; set $x ${uri}; root ${HOME}; ${OTHER} ${port} $PORT"

    assert "listen 80; set $x ${uri}; root app; ${OTHER} ${port} $PORT" == fill(text, {"PORT": "80", "HOME": "app"})


def test_what_is_filled_in_is_not_read_again() -> None:
    assert "${B} b" == fill("${A} ${B}", {"A": "${B}", "B": "b"})


def test_nothing_but_numbers_and_two_names_is_filled_in() -> None:
    found = values({"PORT": "80", "NGINX_WORKERS": "3", "TAMPU_DRAIN": "5"})

    assert {"HOME": "app", "TMPDIR": ".", "PORT": "80", "WORKERS": "3", "DRAIN": "5"}.items() <= found.items()
    assert {True} == {value.isdigit() for name, value in found.items() if name not in {"HOME", "TMPDIR"}}


def test_no_more_workers_than_pay() -> None:
    assert int(values({"PORT": "80"})["WORKERS"]) in {1, 2}


@pytest.mark.parametrize("environ", [{"NGINX_WORKERS": "auto"}, {"NGINX_WORKERS": "0"}, {"TAMPU_LISTEN": "x; y"}])
def test_what_can_not_be_filled_in(environ: dict[str, str]) -> None:
    with pytest.raises(Refusal, match=next(iter(environ))):
        values({"PORT": "80", **environ})


def test_as_many_connections_as_files_may_be_open() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        found, now = [connections(workers) for workers in (1, 2, 8)], resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert [min(most, now[0] // 2) for most in (16384, 8192, 4096)] == found
    assert 256 < now[0] <= before[1]


def test_the_apps_own_nginx_goes_first(tmp_path: Path) -> None:
    for name in (".tampu/nginx/bin/nginx", "bin/nginx"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch(mode=0o755)

        assert str(tmp_path / name) == binary(str(tmp_path))


def test_no_nginx_at_all(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There is no nginx"):
        binary(str(tmp_path))


def test_nginx_runs_as_who_started_it() -> None:
    as_root = ["-g", "user root;"] if os.geteuid() == 0 else []

    assert as_root == command("/nginx", "events {}", (1, 19, 5))[7:]
    assert [] == command("/nginx", "  user www-data;\n", (1, 28))[7:]


@pytest.mark.parametrize(
    ("text", "version"), [("nginx/1.18.0 (Ubuntu)", (1, 18, 0)), ("openresty/1.27.1.2", (1, 27, 1, 2))]
)
def test_an_nginx_says_its_version(text: str, version: tuple[int, ...], tmp_path: Path) -> None:
    program = tmp_path / "nginx"
    program.write_text(f"#!/bin/sh\necho 'nginx version: {text}' >&2\n")
    program.chmod(0o755)
    assert version == version_of(str(program), os.environ)

    program.write_text("#!/bin/sh\necho 'libssl.so.3: cannot open shared object file' >&2\nexit 127\n")
    assert () == version_of(str(program), os.environ)


def test_an_old_nginx_is_not_asked_for_what_it_does_not_know() -> None:
    assert "-e" not in command("/nginx", "events {}", (1, 18, 0))


def test_nginx_answers_once_the_app_can(served: Home, port: int) -> None:
    with start(served, port) as nginx:
        time.sleep(0.3)
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            pass
        (served.run / "ready").touch()

        assert "/x" == get(port, "/x").strip()
        assert "from the home" == get(port, "/home/hello.txt")
        nginx.send_signal(signal.SIGQUIT)
        assert (0, "") == (nginx.wait(PATIENCE), nginx.stderr and nginx.stderr.read())


def test_who_waits_can_be_stopped(served: Home, port: int) -> None:
    with start(served, port) as nginx:
        until(lambda: heeds(nginx.pid, signal.SIGQUIT), lambda: "it isn't waiting")
        nginx.send_signal(signal.SIGQUIT)

        assert 0 == nginx.wait(PATIENCE)


def heeds(pid: int, number: signal.Signals) -> bool:
    """Whether it has a handler for that."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(lines["SigCgt"], 16) >> number - 1 & 1)


def test_a_configuration_that_stays_as_it_is_is_not_written_again(served: Home) -> None:
    first = configure(str(served.path), str(served.run), {"PORT": "80"})
    before = (served.run / "nginx.conf").stat()
    again = configure(str(served.path), str(served.run), {"PORT": "80"})
    same = (served.run / "nginx.conf").stat()
    other = configure(str(served.path), str(served.run), {"PORT": "81"})

    assert (first, before.st_ino) == (again, same.st_ino)
    assert other == (served.run / "nginx.conf").read_text()


def test_a_look_at_the_configuration_starts_nothing(served: Home) -> None:
    argv = (served.path / ".tampu/python/bin/python3", served.path / ".tampu/launch/nginx_start.py", "--check")

    fine = served.call(*argv, PORT="8080")
    served.write("config/nginx.conf.template", TEMPLATE.replace("access_log off;", "odd on;"))
    wrong = served.call(*argv, PORT="8080")

    assert 0 == fine.code
    assert (1, True) == (wrong.code, 'unknown directive "odd" in ./nginx.conf:6' in wrong.err)


@pytest.mark.parametrize(
    ("environ", "said"),
    [({"PORT": "80; evil"}, "tampu: PORT can't be used"), ({"TAMPU_RUN": "/nowhere"}, "tampu: There is no run folder")],
)
def test_a_start_that_is_refused_says_why(served: Home, environ: dict[str, str], said: str) -> None:
    ended = served.call(
        served.path / ".tampu/python/bin/python3", served.path / ".tampu/launch/nginx_start.py", **environ
    )

    assert 1 == ended.code
    assert ended.err.startswith(said)
    assert "Traceback" not in ended.err


def test_a_template_that_is_gone(served: Home) -> None:
    (served.path / "config/nginx.conf.template").unlink()

    ended = served.call(
        served.path / ".tampu/python/bin/python3", served.path / ".tampu/launch/nginx_start.py", PORT="8080"
    )

    assert (1, True) == (ended.code, ended.err.endswith("nginx.conf.template: No such file or directory\n"))
