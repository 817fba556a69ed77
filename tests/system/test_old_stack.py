from __future__ import annotations

import json
import os
import signal
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds, mirrors, served, wheels
from tests.kit.old_pythons import OLDEST
from tests.kit.wheels import Package
from tests.system.test_stack import Answer, ask, until_it_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

PATIENCE = 60
# Words that only Python 2 takes, and the same for Python 3.
OF_PYTHON_2 = {'print("loading")': 'print "loading"', "as error": ", error"}
WSGI = """\
import json
import os
import sys
import time

from flask import Flask, request

print("loading")
sys.stdout.flush()
application = Flask(__name__)
with open("version") as file:
    VERSION = file.read()
with open("installed.txt") as file:
    INSTALLED = file.read()
try:
    import fastest_json
except ImportError as error:
    pass


@application.route("/")
def told():
    with open(os.path.expanduser("~/environment.json")) as file:
        environment = json.load(file)
    return json.dumps({
        "python": list(sys.version_info[:2]),
        "here": os.path.basename(os.getcwd()),
        "prefix": sys.prefix,
        "installed": INSTALLED,
        "greeting": environment["GREETING"],
        "through nginx": request.environ.get("X_FROM_NGINX"),
        "version": VERSION,
        "watched": "newrelic.agent" in sys.modules,
    })


@application.route("/slow")
def slow():
    open(os.environ["BEGUN"], "w").close()
    time.sleep(1)
    return "done"
"""
DOTCLOUD_YML = """\
www:
  type: python
  approot: web
  environment: {{GREETING: Good morning}}
  postinstall: python -c 'import sys; print(sys.version_info[0])' > installed.txt
  processes: {{reporter: python -u report.py}}
  config: {{python_version: v{series}, uwsgi_processes: 2, enable_newrelic: true}}
"""
FILES = {
    "web/requirements.txt": "Flask==1.1.4\nMarkupSafe==1.1.1\nsupervisor==3.4.0\nsupervisor-stdout\n",
    "web/version": "1",
    "web/report.py": "import sys, time\nprint('reporting %d.%d' % sys.version_info[:2])\ntime.sleep(3600)\n",
    "web/nginx.conf": "location /media/ { alias app/current/static/; }\nadd_header X-Served-By dotcloud;\n",
    "web/uwsgi.conf": "uwsgi_param X_FROM_NGINX yes;\n",
    "web/static/style.css": "body { color: teal }\n",
    "web/supervisord.conf": (
        "[program:clock]\ncommand=python -u report.py\ndirectory=%(ENV_HOME)s/current\n"
        "[eventlistener:stdout]\ncommand=supervisor_stdout\nevents=PROCESS_LOG\n"
        "result_handler=supervisor_stdout:event_handler\n"
    ),
    # Found by PYTHONPATH, as the app's own Python has none of that name.
    "web/backports/xmlrpc.py": "raise SystemExit('not for this Python')\n",
}


@pytest.fixture(scope="module", params=OLDEST)
def series(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def app(series: str, old_mirror: Path, old_index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("old_stack")
    platform = builds.Platform.make(place / "platform", old_mirror, old_index, seed)
    platform.set_for_user(PIP_FIND_LINKS=str(_old_supervisor(place / "wheels")))
    app = builds.write_app(place / "app", {**FILES, "web/wsgi.py": _wsgi(series)})
    (app / "dotcloud.yml").write_text(DOTCLOUD_YML.format(series=series), encoding="utf-8")
    said = platform.compile(app)
    assert f"supervisord on Python {mirrors.patches(old_mirror)['3.13']}" in said.out
    return app


def _wsgi(series: str) -> str:
    text = WSGI
    for of_both, of_2 in OF_PYTHON_2.items():
        text = text.replace(of_both, of_2 if series == "2.7" else of_both)
    return text


def _old_supervisor(folder: Path) -> Path:
    package = Package(
        name="supervisor",
        version="3.4.0",
        commands={"supervisord": "supervisor:main"},
        modules={"supervisor/__init__.py": "def main():\n    raise SystemExit('too old')\n"},
    )
    made = wheels.wheel(package, folder)
    made.rename(made.with_name(made.name.replace("py3", "py2.py3")))
    return folder


@pytest.fixture(scope="module")
def up(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Served]:
    with _serve(app, tmp_path_factory.mktemp("o")) as up:
        until_it_answers(up)
        yield up


def _serve(app: Path, place: Path, **more: str) -> AbstractContextManager[served.Served]:
    env = {"BEGUN": str(place / "begun"), "PYTHONPATH": str(app / "web" / "backports"), **more}
    return served.serve(app, place, env)


def _until(holds: Callable[[], bool], up: served.Served) -> None:
    limit = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < limit, up.said()
        time.sleep(0.05)


def _told(up: served.Served) -> dict[str, object]:
    found: dict[str, object] = json.loads(ask(up, "/").body)
    return found


def test_the_app_runs_on_its_python(up: served.Served, app: Path, series: str) -> None:
    assert {
        "python": [int(number) for number in series.split(".")],
        "here": "web",
        "prefix": str(app / ".tampu" / "site"),
        "installed": f"{series[0]}\n",
        "greeting": "Good morning",
        "through nginx": "yes",
        "version": "1",
        "watched": False,
    } == _told(up)


def test_nginx_does_what_the_app_s_nginx_conf_says(up: served.Served) -> None:
    answer = ask(up, "/media/style.css")

    assert (200, b"body { color: teal }\n", "dotcloud") == (answer.code, answer.body, answer.headers["x-served-by"])


def test_its_programs_run_on_its_python_and_are_in_the_log(up: served.Served, series: str) -> None:
    lines = [f"{name} stdout | reporting {series}\n" for name in ("reporter", "clock")]

    _until(lambda: all(line in up.said() for line in (*lines, " | loading\n")), up)


def test_a_reload_by_touch_or_by_signal_runs_the_new_code(up: served.Served, app: Path) -> None:
    for number, (way, reload) in enumerate({"touch": _touch, "signal": _hang_up}.items(), 2):
        (app / "web" / "version").write_text(str(number), encoding="utf-8")
        reload(up)
        _until(lambda: _told(up)["version"] == str(number), up)  # noqa: B023 - asked for at once
        assert 200 == ask(up, "/").code, way


def _touch(up: served.Served) -> None:
    # What is there when uWSGI looks for the first time is nothing new.
    _until(lambda: "/reload, events will be triggered" in up.said(), up)
    (up.run / "reload").touch()


def _hang_up(up: served.Served) -> None:
    os.kill(up.master("site/bin/uwsgi"), signal.SIGHUP)


def test_what_is_on_its_way_is_answered_at_the_end_though_it_is_watched(app: Path, tmp_path: Path) -> None:
    answers: list[Answer] = []
    # As its developers run it: New Relic's agent does all that it does, but for telling New Relic.
    agent = {"NEW_RELIC_LICENSE_KEY": "0" * 40, "NEW_RELIC_DEVELOPER_MODE": "true"}
    with _serve(app, tmp_path / "run", **agent) as up:
        until_it_answers(up)
        assert _told(up)["watched"]
        asking = Thread(target=lambda: answers.append(ask(up, "/slow")))
        asking.start()
        _until((tmp_path / "run" / "begun").exists, up)
        up.tell(signal.SIGTERM)
        asking.join(PATIENCE)

        assert [(200, b"done")] == [(answer.code, answer.body) for answer in answers], up.said()
        assert (0, []) == (up.ended(), up.processes()), up.said()
