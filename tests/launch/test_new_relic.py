from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import new_relic
import pytest
import uwsgi_options

from tests.kit.builds import write_app
from tests.launch.homes import LAUNCH

if TYPE_CHECKING:
    from pathlib import Path

LICENSED = {"NEW_RELIC_LICENSE_KEY": "k", "PORT": "80"}
AGENT = """\
import sys
ORDER = []
def initialize():
    ORDER.append("app" in sys.modules)
def WSGIApplicationWrapper(app):
    return lambda *words: ("watched", app(*words), ORDER)
"""
PASTE = "def loadapp(uri):\n    return lambda: str(uri)\n"
SERVE = "import runpy, sys; print(runpy.run_path(sys.argv[1])['application']())"


@pytest.mark.parametrize(
    ("wanted", "environ", "expected"),
    [
        (True, LICENSED, True),
        (True, {"NEW_RELIC_CONFIG_FILE": "newrelic.ini"}, True),
        (True, {"NEW_RELIC_LICENSE_KEY": ""}, False),
        (False, LICENSED, False),
    ],
)
def test_an_app_is_watched_where_that_is_wished_and_licensed(
    wanted: bool,  # noqa: FBT001 - what stack.json says
    environ: dict[str, str],
    expected: bool,  # noqa: FBT001 - a word for it would hide it
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert expected == new_relic.watches({"newrelic": wanted}, environ)
    assert (wanted and not expected) == ("NEW_RELIC_LICENSE_KEY is not set" in capfd.readouterr().err)


def test_uwsgi_is_told_to_start_with_the_agent() -> None:
    stack = {"app": "wsgi:application", "newrelic": True}

    with_it = uwsgi_options.options(stack, "/app", "/run", LICENSED)
    without = uwsgi_options.options(stack, "/app", "/run", {})

    assert "/app/.tampu/launch/watched_entry.py" == with_it[with_it.index("--wsgi-file") + 1]
    assert {"--enable-threads", "--single-interpreter"} <= set(with_it)
    assert "--module" not in with_it
    assert "wsgi:application" == without[without.index("--module") + 1]


def watched(python: Path, place: Path, stack: dict[str, object], **files: str) -> str:
    """What the app answers with the agent around it."""
    layers = place / ".tampu"
    modules = {"newrelic/__init__.py": "", "newrelic/agent.py": AGENT, **files}
    write_app(place, {**modules, ".tampu/stack.json": json.dumps(stack)})
    (layers / "launch").symlink_to(LAUNCH)
    entry = str(layers / "launch" / "watched_entry.py")
    ended = subprocess.run(
        (python, "-c", SERVE, entry),
        cwd=place,
        env={"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_the_agent_is_there_before_the_app(tmp_path: Path, python: Path) -> None:
    files = {"app.py": "def make():\n    return str\n"}

    answer = watched(python, tmp_path, {"app": "app:make", "factory": True}, **files)

    assert "('watched', '', [False])" == answer


def test_an_app_of_paste_deploy(tmp_path: Path, python: Path) -> None:
    files = {"paste/__init__.py": "", "paste/deploy.py": PASTE}

    answer = watched(python, tmp_path, {"paste": "production.ini"}, **{"production.ini": "[app:main]\n"}, **files)

    assert f"('watched', 'config:{tmp_path}/production.ini', [False])" == answer


def test_other_servers_take_the_agent_itself(tmp_path: Path) -> None:
    write_app(tmp_path, {"newrelic/__init__.py": "", "newrelic/agent.py": AGENT})
    code = "import sys; sys.path[:0] = sys.argv[1:]; import new_relic; print(new_relic.agent().ORDER)"

    ended = subprocess.run((sys.executable, "-c", code, LAUNCH, tmp_path), capture_output=True, text=True, check=True)

    assert "[False]\n" == ended.stdout
