from __future__ import annotations

from pathlib import Path

import pytest

from tampu.build.choose_python import PythonChoice
from tampu.build.model import Build, Target
from tampu.build.stack import NONE, UWSGI, Stack
from tampu.platforms.up_launch import Launch, NothingToServe, launch

APP = Path("/apps/shop")
TARGET = Target(app=APP, layers=APP / ".tampu", local=True)
OURS = "exec supervisord"


def plan(processes: dict[str, str], stack: Stack | None = None, defaults: dict[str, str] | None = None) -> Build:
    return Build(
        python=PythonChoice(version="3.13.0", because="it is the default", request=None, notices=()),
        manager="pip",
        choices=(),
        steps=(),
        tasks=(),
        env=(),
        processes={**(defaults or {}), **processes},
        defaults=defaults or {},
        notices=(),
        stack=stack,
    )


def launched(build: Build, **environ: str) -> Launch:
    return launch(build, TARGET, environ, Path("/run/shop"), 8001)


def test_our_stack_has_a_home_of_its_own() -> None:
    started = launched(plan({}, Stack(server=UWSGI), {"web": OURS}))

    assert ("web", True, True) == (started.name, started.stack, started.serves)
    assert "http://127.0.0.1:8001" == started.url
    assert APP / ".tampu" / "home" == started.command.cwd
    assert started.command.argv[-1].endswith(f"\nexec {OURS}")


def test_a_procfile_that_means_our_stack() -> None:
    started = launched(plan({"web": "setup; supervisord -n", "clock": "x"}, Stack(server=UWSGI)))

    assert (True, APP / ".tampu" / "home") == (started.stack, started.command.cwd)


def test_a_worker_serves_nobody() -> None:
    started = launched(plan({"other": "x"}, Stack(server=NONE), {"worker": OURS}))

    assert ("worker", True, False) == (started.name, started.stack, started.serves)


def test_a_web_process_of_the_app_runs_where_the_app_is() -> None:
    started = launched(plan({"web": "python server.py", "clock": "python clock.py"}))

    assert ("python server.py", False, True) == (started.line, started.stack, started.serves)
    assert (APP, str(APP)) == (started.command.cwd, started.command.env["HOME"])


def test_the_only_process_of_the_app_is_the_one() -> None:
    started = launched(plan({"clock": "python clock.py"}))

    assert ("clock", False, False) == (started.name, started.stack, started.serves)


@pytest.mark.parametrize("processes", [{}, {"clock": "x", "worker": "y"}])
def test_nothing_to_serve(processes: dict[str, str]) -> None:
    with pytest.raises(NothingToServe):
        launched(plan(processes))


def test_the_environment_is_the_shell_s_without_what_is_of_the_shell_alone() -> None:
    shell = {"PATH": "/bin", "HOME": "/root", "PORT": "1", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/v", "GREETING": "hello"}
    own = {"HOME": str(APP), "PORT": "8001", "TAMPU_RUN": "/run/shop", "TAMPU_DRAIN": "3", "TAMPU_LISTEN": "127.0.0.1"}
    workers = {"WEB_CONCURRENCY": "2", "WEB_CONCURRENCY_SET_BY": "tampu"}

    started = launched(plan({"web": "x"}), **shell)

    assert {"PATH": "/bin", "GREETING": "hello", **own, **workers} == started.command.env


def test_who_sets_where_it_listens_how_long_it_drains_and_how_many_work_is_heard() -> None:
    wishes = {"TAMPU_DRAIN": "8", "TAMPU_LISTEN": "10.0.0.1", "WEB_CONCURRENCY": "7"}
    heard = launched(plan({"web": "x"}), **wishes).command.env

    assert wishes.items() <= heard.items()
    assert "WEB_CONCURRENCY_SET_BY" not in heard
