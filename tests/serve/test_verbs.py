"""Servers in the background: `tampu serve CONFIG start`, stop, restart and status, as people call them."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import locks, processes, record_lock
from tests.kit import require
from tests.kit.daemons import until
from tests.kit.load import Fate, under_load
from tests.kit.serving import Project, answer, call, command, daemons, pid, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
ANYBODYS_PYTHON = "/usr/bin/python3"
# For more: how many times as often.
TIMES = int(os.environ.get("TAMPU_ROUNDS", "1"))
ECHO = """
def make(global_conf):
    def app(environ, start_response):
        body = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}".encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return app
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with daemons(Project(tmp_path / "a project", "egg:waitress#main")) as made:
        yield made


def test_a_server_is_started_known_and_stopped(project: Project) -> None:
    started = call(project, "start", "who=you")
    assert (0, "") == (started.code, started.err)
    assert "Good morning, you" == answer(project.port)
    assert f"process {pid(project)}" in started.out

    again = call(project, "start")
    assert (0, "", f"A server runs already, in process {pid(project)}") == (again.code, again.err, shown(again.out))
    known = call(project, "status")
    assert (0, True) == (known.code, f"runs in process {pid(project)}" in known.out)

    stopped = call(project, "stop")
    assert (0, "") == (stopped.code, stopped.err)
    assert not (project.folder / "paster.pid").exists()
    asked = call(project, "status")
    assert (1, True) == (asked.code, "No server runs" in asked.out)
    nothing = call(project, "--stop-daemon")
    assert (1, True) == (nothing.code, "No server to stop" in nothing.out)


def shown(out: str) -> str:
    return out.removeprefix("-----> ").partition(" (see ")[0]


def test_git_sees_the_pid_file_and_the_log_and_nothing_else_of_ours(project: Project) -> None:
    call(project, "start")

    subprocess.run(("git", "init", "--quiet", project.folder), check=True)
    words = ("git", "-C", str(project.folder), "status", "--short", "--untracked-files=all")
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    own = {"?? development.ini", "?? greeter.py"}
    assert {"?? paster.log", "?? paster.pid"} == {line for line in told if "__pycache__" not in line} - own


def test_a_start_that_fails_says_why(project: Project) -> None:
    (project.folder / "greeter.py").write_text("def make(global_conf, **options):\n    return options['db']\n")

    failed = call(project, "start")

    assert 1 == failed.code
    assert 'greeter.py", line 2, in make' in failed.out
    assert "lib/tampu" not in failed.out
    assert "(serve::app-failed)" in failed.out
    assert "(serve::not-served)" in failed.err
    assert 1 == call(project, "status").code


def test_a_server_of_somebody_else_is_ready_when_its_port_answers(project: Project) -> None:
    (project.folder / "foreign.py").write_text(
        "import time\nfrom wsgiref.simple_server import make_server\n\n\n"
        "def run(app, global_conf, host, port):\n"
        "    time.sleep(0.5)\n    make_server(host, int(port), app).serve_forever()\n"
    )
    text = project.config.read_text().replace("use = egg:waitress#main", "paste.server_runner = foreign:run")
    project.config.write_text(text)

    assert 0 == call(project, "start").code
    assert "Good morning, all" == answer(project.port)
    assert 0 == call(project, "restart").code
    assert "Good morning, all" == answer(project.port)
    assert 0 == call(project, "stop").code


def test_one_that_died_is_no_obstacle(project: Project) -> None:
    call(project, "start")
    first = pid(project)
    os.kill(first, signal.SIGKILL)
    until(lambda: processes.read(first) is None)

    assert (1, True) == (call(project, "status").code, "has died" in call(project, "status").out)
    assert 0 == call(project, "start").code
    os.kill(pid(project), signal.SIGKILL)
    assert 0 == call(project, "restart").code
    assert 0 == call(project, "status").code


def test_a_stranger_with_the_number_in_the_pid_file_is_left_alone(project: Project) -> None:
    (project.folder / "paster.pid").write_text(f"{os.getpid()}\n")

    assert ["(daemon::out-of-reach)"] * 3 == [last(project, verb) for verb in ("stop", "start", "restart")]
    assert 4 == call(project, "status").code
    (project.folder / "paster.pid").unlink()


def last(project: Project, verb: str) -> str:
    return call(project, verb).err.split()[-1]


def test_restart_starts_what_does_not_run_and_replaces_what_does(project: Project) -> None:
    assert 0 == call(project, "restart").code
    first = pid(project)
    assert 0 == call(project, "restart", "who=others").code

    assert first != pid(project)
    assert "Good morning, others" == answer(project.port)


def test_a_config_that_can_not_be_read_ends_nothing(project: Project) -> None:
    call(project, "start")
    first = pid(project)
    text = project.config.read_text()
    project.config.write_text(text.replace("[app:main]", "[app:mian]"))

    assert "(serve::no-section)" == last(project, "restart")
    assert first == pid(project)
    assert "Good morning, all" == answer(project.port)


def test_no_caller_is_refused_by_restarts(project: Project) -> None:
    (project.folder / "greeter.py").write_text(ECHO)
    call(project, "start")

    with under_load(project.port, pause=0.01) as load:
        for _ in range(3 * TIMES):
            load.wait_for(30)
            assert 0 == call(project, "restart").code
        load.wait_for(30)

    assert [] == [str(loss) for loss in load.losses]
    assert 0 == load.fates[Fate.REFUSED]


def test_a_restart_that_somebody_ends_keeps_the_address_from_nobody(project: Project) -> None:
    greeter = project.folder / "greeter.py"
    usual = greeter.read_text()
    call(project, "start")
    greeter.write_text("import pathlib, time\npathlib.Path('began').touch()\ntime.sleep(600)\n")
    with subprocess.Popen(command(project, "restart"), cwd=project.folder) as restart:
        until(lambda: (project.folder / "began").exists() and not is_changed(project))
        restart.send_signal(signal.SIGSTOP)
        try:
            assert 0 == call(project, "stop").code
            greeter.write_text(usual)
            started = call(project, "start")
        finally:
            restart.send_signal(signal.SIGCONT)

    assert (0, "") == (started.code, started.err)
    assert 1 == restart.returncode
    assert "Good morning, all" == answer(project.port)


def is_changed(project: Project) -> bool:
    """Whether somebody starts or stops it, and all others wait."""
    with (project.folder / ".tampu" / "servers" / ".paster.lock").open("rb") as lock:
        return record_lock.holder(lock.fileno(), locks.CHANGE, 1) is not None


def test_pid_and_log_file_are_where_one_wants_them(project: Project, tmp_path: Path) -> None:
    files = ("--pid-file", str(tmp_path / "shop's.number"), "--log-file", str(tmp_path / "shop.log"))

    assert 0 == call(project, "start", *files).code
    assert "Serving development.ini at http://127.0.0.1" in (tmp_path / "shop.log").read_text()
    assert (1, 0) == (call(project, "status").code, call(project, "status", *files).code)
    assert 0 == call(project, "stop", *files).code
    assert [] == [path.name for path in tmp_path.iterdir() if path.name == "shop's.number"]


def test_a_server_in_the_foreground_with_a_pid_file_is_known_too(project: Project) -> None:
    files = ("--pid-file", "shop.pid", "--log-file", "shop.log")
    with serving(project, *files) as server:
        assert f"in process {server.process.pid}" in (project.folder / "shop.log").read_text()
        assert 0 == call(project, "status", *files).code
        assert (
            "(daemon::running)"
            in subprocess.run(
                command(project, *files), cwd=project.folder, check=False, capture_output=True, text=True
            ).stderr
        )
        assert 0 == call(project, "stop", *files).code
        assert 0 == server.exit_code


def test_a_pid_file_goes_with_a_server_in_the_foreground(project: Project) -> None:
    with serving(project, "--pid-file", "shop.pid") as server:
        assert f"{server.process.pid}\n" == (project.folder / "shop.pid").read_text().partition("started")[0]
        server.process.send_signal(signal.SIGINT)
        assert 0 == server.exit_code

    assert not (project.folder / "shop.pid").exists()


def test_a_monitor_starts_it_anew(project: Project) -> None:
    assert 0 == call(project, "start", "--monitor-restart").code
    monitor = pid(project)
    first = child_of(monitor)
    os.kill(first, signal.SIGKILL)
    until(lambda: child_of(monitor) not in {0, first})
    until(lambda: answers(project))

    assert monitor == pid(project)
    second = child_of(monitor)
    assert 0 == call(project, "stop").code
    assert None is processes.read(second)


def test_a_monitor_gives_up_on_what_never_was_ready(project: Project) -> None:
    (project.folder / "greeter.py").write_text("import nothing_of_that_name\n")

    assert 1 == call(project, "--monitor-restart").code


def child_of(parent: int) -> int:
    return next((each.pid for each in processes.everyone() if each.parent == parent), 0)


def answers(project: Project) -> bool:
    try:
        return bool(answer(project.port))
    except OSError:
        return False


@pytest.fixture
def open_project() -> Iterator[Project]:
    """Where others may look: what pytest makes is for one user."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        with daemons(Project(Path(place) / "a project", "egg:waitress#main")) as made:
            yield made


def test_it_becomes_the_user_that_is_named_and_has_the_port_of_root(open_project: Project) -> None:
    require.need_root()
    require.need(ANYBODYS_PYTHON)
    project = open_project
    project.folder.chmod(0o755)
    project.listen_below(1024)
    # The one that runs the tests may be in a home that others can't enter.
    as_nobody = ("--user", str(NOBODY), "--python", ANYBODYS_PYTHON)

    started = call(project, "start", *as_nobody)
    assert (0, "") == (started.code, started.err)
    status = Path(f"/proc/{pid(project)}/status").read_text().splitlines()
    ids = {line.split()[0]: line.split()[1:] for line in status if line.startswith(("Uid:", "Gid:", "Groups:"))}
    assert {str(NOBODY)} == set(ids["Uid:"]) == set(ids["Gid:"]) | set(ids["Groups:"])
    assert NOBODY == (project.folder / "paster.log").stat().st_uid
    assert "Good morning, all" == answer(project.port)
    assert 0 == call(project, "restart", *as_nobody).code
    assert "Good morning, all" == answer(project.port)
