"""What can't be served, and what is said of it: the line, and who is in the way."""

from __future__ import annotations

import os
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import gateways, pasted

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = (
    ("egg:waitress#main", "threads = a few", "threads = a few (served.ini:6)"),
    ("egg:Paste#http", f"threadpool_workers = {'9' * 5000}", "Expected: a number, 1 or more"),
    ("egg:flup#scgi", f"host = localhost\nport = {'9' * 5000}", "Expected: a number from 0 to 65535"),
    ("egg:tampu#uwsgi", f"scgi-socket = localhost:{'9' * 5000}", "Expected: addresses"),
    ("egg:waitress#main", "listen = localhost:http", "listen = localhost:http (served.ini:6)"),
    ("egg:waitress#main", "thraeds = 4", "thraeds (served.ini:6)"),
    ("egg:Paste#http", "ssl_pem = *", "ssl_pem = * (served.ini:6)"),
    ("egg:Paste#http", "threadpool_workers = 0", "threadpool_workers = 0 (served.ini:6)"),
    ("egg:PasteScript#wsgiutils", "host = nowhere.invalid", "no such host"),
    ("egg:PasteScript#flup_fcgi_thread", "umask = 8", "umask = 8 (served.ini:6)"),
    ("egg:PasteScript#flup_fcgi_fork", "port = 1\nsocket = /tmp/x", "socket = /tmp/x (served.ini:7)"),
    ("egg:flup#ajp", "maxThreads = no", "maxThreads = no (served.ini:6)"),
    ("egg:flup#fcgi", "host = localhost\nport = 0\nmultiplexed = maybe", "multiplexed = maybe (served.ini:8)"),
    ("egg:flup#fcgi", "socket = /no/such/folder/sock", "no such folder (served.ini:6)"),
    ("egg:tampu#uvicorn", "limit_concurrency = many", "limit_concurrency = many (served.ini:6)"),
    ("egg:tampu#uvicorn", "workers = 2", "workers = 2 (served.ini:6)"),
    ("egg:gunicorn#main", "workers = a few", "workers = a few (served.ini:6)"),
    ("egg:gunicorn#main", "wrokers = 2", "wrokers = 2 (served.ini:6)"),
    ("egg:tampu#uwsgi", "scgi-socket = localhost:x", "scgi-socket = localhost:x (served.ini:6)"),
)


@pytest.mark.parametrize(("use", "line", "expected"), REFUSED)
def test_the_line_is_named(use: str, line: str, expected: str, app_python: Path, tmp_path: Path) -> None:
    code, said = pasted.refused(app_python, pasted.write(tmp_path, f"use = {use}\n{line}"))

    assert expected in said
    assert code in {1, 2}
    assert "Traceback" not in said


@pytest.mark.parametrize("use", ["egg:waitress#main", "egg:Paste#http", "egg:flup#scgi", "egg:gunicorn#main"])
def test_who_listens_there_is_named(use: str, app_python: Path, tmp_path: Path) -> None:
    with socket.create_server((pasted.HERE, 0)) as somebody:
        port = somebody.getsockname()[1]
        config = pasted.write(tmp_path, f"use = {use}\nhost = {pasted.HERE}\nport = {port}")
        code, said = pasted.refused(app_python, config)

    assert f"(process {os.getpid()}) listens there (served.ini:7)" in said
    assert code == 1


def test_a_package_that_is_not_there_is_named(tmp_path: Path, app_python: Path) -> None:
    config = pasted.write(tmp_path, "use = egg:granian#main")
    code, said = pasted.refused(app_python, config)

    assert code != 0
    assert "needs granian, which is not installed" in said


def test_a_web_server_may_hand_over_its_socket(app_python: Path, tmp_path: Path) -> None:
    """As Apache and lighttpd start programs of FastCGI: the socket is standard input."""
    config = pasted.write(tmp_path, "use = egg:PasteScript#flup_fcgi_thread")
    with socket.create_server((pasted.HERE, 0)) as server:
        command = (app_python, pasted.PROGRAM, pasted.ask(config).as_json())
        process = subprocess.Popen(command, stdin=server.fileno(), cwd=tmp_path, stdout=subprocess.DEVNULL)
        try:
            assert gateways.fcgi(server.getsockname()[1]).status == 200
        finally:
            process.terminate()
            assert process.wait(pasted.PATIENCE) == 0
