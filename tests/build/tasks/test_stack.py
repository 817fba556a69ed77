from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tampu.build.stack import Stack
from tampu.build.tasks.stack import tasks
from tampu.build.tasks.stack_errors import BadNginxConf, BadOption
from tampu.facts.entrypoint import Entry, Kind
from tampu.world.run import Processes
from tests.build.tasks.stage import CHANGES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.tasks.stage import Stage

ENTRY = Entry(kind=Kind.WSGI, app="wsgi:application", evidence="wsgi.py")
WSGI = Stack(server="uwsgi", entry=ENTRY)
ASGI = Stack(server="asgi", entry=ENTRY)
FINE = "raise SystemExit(0)\n"


@pytest.fixture
def laid(stage: Stage, nginx_layer: Path) -> Stage:
    """With a Python, an nginx, and in the place of uWSGI a script that finds nothing wrong."""
    stage.write(".tampu/site/bin/uwsgi", FINE)
    (stage.layers / "python/bin").mkdir(parents=True)
    (stage.layers / "python/bin/python3").symlink_to(sys.executable)
    (stage.layers / "nginx").symlink_to(nginx_layer)
    return stage


def set_up(stage: Stage, stack: Stack = WSGI, **user_env: str) -> None:
    (task,) = tasks(stack, CHANGES)
    stage.act(task, Processes(stage.say), user_env)


def test_an_app_without_a_stack() -> None:
    assert () == tasks(None, CHANGES)


@pytest.mark.parametrize("stack", [WSGI, ASGI])
def test_a_stack_that_is_right_is_put_in_place(laid: Stage, stack: Stack) -> None:
    laid.write("nginx.conf", "location /static/ { alias app/current/static/; }\n")

    set_up(laid, stack)

    assert ["-----> Setting up what serves the app"] == laid.said
    assert (laid.app / "config/nginx.conf.template").is_file()
    assert (laid.layers / "stack.json").is_file()


def test_an_old_python_only_runs_the_app(laid: Stage) -> None:
    (laid.layers / "keeper/python/bin").mkdir(parents=True)
    (laid.layers / "python/bin/python3").rename(laid.layers / "keeper/python/bin/python3")
    laid.write(".tampu/python/bin/python3", '#!/bin/sh\n[ "${1##*/}" = uwsgi ]\n', mode=0o755)

    set_up(laid, Stack(server="uwsgi", entry=ENTRY, keeper=True))

    assert ["-----> Setting up what serves the app"] == laid.said
    assert (laid.layers / "launch/python").samefile(sys.executable)


def test_a_worker_needs_neither_of_them(stage: Stage) -> None:
    set_up(stage, Stack(server="none", processes={"mail": "python mail.py"}))

    assert ["-----> Setting up supervisord"] == stage.said
    assert (stage.app / "config/supervisord.conf").is_file()


def test_a_mistake_leaves_no_half_made_stack(laid: Stage) -> None:
    laid.write("web/nginx.conf", "gzip on;\nexpire 30d;\n")

    with pytest.raises(BadNginxConf, match="nginx doesn't accept") as caught:
        set_up(laid, Stack(server="uwsgi", entry=ENTRY, approot="web"))

    assert 'Found:    unknown directive "expire", at web/nginx.conf line 2\n' in caught.value.advice
    assert {".tampu", "web"} == {path.name for path in laid.app.iterdir()}
    assert not (laid.layers / "stack.json").exists()


def test_a_host_of_tomorrow_is_no_mistake(laid: Stage) -> None:
    laid.write("nginx.conf", "location /api/ { proxy_pass http://api.invalid; }\n")

    set_up(laid)

    assert " !     Notice: nginx has to know api.invalid when the app starts; here, nobody does." in laid.err.getvalue()
    assert (laid.layers / "stack.json").is_file()


def test_an_option_that_uwsgi_does_not_have(laid: Stage) -> None:
    laid.write(".tampu/site/bin/uwsgi", "raise SystemExit('[strict-mode] unknown config directive: procesess')\n")

    with pytest.raises(BadOption) as caught:
        set_up(laid, UWSGI_PROCESESS="4")

    assert "Found:    UWSGI_PROCESESS\n" in caught.value.advice
    assert not (laid.layers / "stack.json").exists()


@pytest.mark.parametrize("said", ["realpath() of /app/uwsgi.ini failed", ""])
def test_what_uwsgi_misses_here_may_be_there_later(laid: Stage, said: str) -> None:
    laid.write(".tampu/site/bin/uwsgi", f"import sys\nsys.stderr.write({said!r})\nraise SystemExit(1)\n")

    set_up(laid)

    shown = f"would not start with these options here: {said or 'it says nothing'}"
    assert shown in laid.err.getvalue()
    assert (laid.layers / "stack.json").is_file()


def test_uwsgi_is_asked_with_the_options_of_a_start(laid: Stage) -> None:
    laid.write(
        ".tampu/site/bin/uwsgi", "import sys\nsys.exit('[strict-mode] unknown config directive: ' + '|'.join(sys.argv))"
    )

    with pytest.raises(BadOption) as caught:
        set_up(laid, Stack(server="uwsgi", entry=ENTRY, uwsgi={"harakiri": 30}))

    assert "--hook-asap" in str(caught.value.__cause__.output)  # type: ignore[union-attr]
    assert "--harakiri|30" in str(caught.value.__cause__.output)  # type: ignore[union-attr]


def test_what_the_app_brings_is_told_and_tried(laid: Stage) -> None:
    laid.write("config/nginx.conf.template", "daemon off;\nevents {}\nhttp { server { listen ${PORT}; odd on; } }\n")

    with pytest.raises(BadNginxConf) as caught:
        set_up(laid)

    assert 'unknown directive "odd", at config/nginx.conf.template line 3' in caught.value.advice
    assert "       The app's own stays: config/nginx.conf.template" in laid.said


def test_an_nginx_of_the_app_is_the_one_that_is_asked(laid: Stage, nginx_layer: Path) -> None:
    script = (
        f'#!/bin/sh\n[ "$1" != -v ] || exec {nginx_layer}/bin/nginx -v\necho "nginx: [emerg] of the app" >&2\nexit 1\n'
    )
    laid.write("bin/nginx", script, mode=0o755)

    with pytest.raises(BadNginxConf, match="nginx doesn't accept") as caught:
        set_up(laid)

    assert "Found:    of the app\n" in caught.value.advice


def test_static_files_are_told(laid: Stage) -> None:
    laid.install("django-5.2")
    laid.write("manage.py", "print('STATIC_URL = \\'/static/\\'\\nSTATIC_ROOT = \\'collected\\'')\n")
    laid.write("collected/a.css", "")

    set_up(laid)

    assert "       nginx serves /static/ from collected/" in laid.said
    assert "location /static/ {" in (laid.app / "config/nginx.conf.template").read_text()


def test_a_users_own_location_is_not_told_twice(laid: Stage) -> None:
    laid.install("django-5.2")
    laid.write("manage.py", "print('STATIC_URL = \\'/static/\\'\\nSTATIC_ROOT = \\'collected\\'')\n")
    laid.write("collected/a.css", "")
    laid.write("nginx.conf", "location /static { root app/current; }\n")

    set_up(laid)

    assert ["-----> Setting up what serves the app"] == laid.said


def test_the_old_home_is_noticed(laid: Stage) -> None:
    laid.write("nginx.conf", "location /static/ { alias /home/dotcloud/current/static/; }\n")

    set_up(laid)

    assert " !     Notice: /home/dotcloud is named in nginx.conf. That works only where the app, when it" in laid.said
