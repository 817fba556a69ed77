from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.build.model import Target
from tampu.build.stack import Decision, decide_stack
from tampu.facts.app import survey
from tampu.facts.dotcloud import service
from tampu.facts.tree import Tree
from tests.build.market import Market
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

WSGI = {"wsgi.py": "application = print\n"}
DOTCLOUD = """\
www:
  type: python
  approot: src
  postinstall: ./migrate
  environment: {COLOUR: red}
  processes: {cleaner: python clean.py}
  ports: {www: http}
  config: {uwsgi_processes: 3, uwsgi_harakiri: 20, uwsgi_enable_threads: true, enable_newrelic: true}
"""


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)


def decided(market: Market, files: dict[str, str], *groups: str, **environ: str) -> Decision:
    tree = Tree(write_app(market.folder / "app", files))
    app = survey(tree, service(tree))
    market.environ |= environ
    target = Target(app=tree.root, layers=tree.root / ".tampu", user_env={"SET": "by the user"}, groups=groups)
    return decide_stack(app, target, market.world)


def test_an_app_without_a_procfile_is_served(market: Market) -> None:
    decision = decided(market, WSGI)

    assert decision.stack is not None
    assert "wsgi:application served by nginx and uWSGI" == decision.choice.what
    assert "wsgi.py" in decision.choice.because
    assert ("uwsgi", ("app", "nginx")) == (decision.stack.server, decision.stack.needed)
    assert {"web": '"$HOME/bin/dcapproot.sh" supervisord -c config/supervisord.conf'} == dict(
        decision.stack.default_processes
    )


def test_an_app_with_a_web_process_of_its_own_is_left_alone(market: Market) -> None:
    decision = decided(market, {**WSGI, "Procfile": "web: gunicorn wsgi\n"})

    assert (None, "the Procfile has a web process of its own") == (decision.stack, decision.choice.because)


@pytest.mark.parametrize(
    "line",
    ["web: $HOME/bin/dcapproot.sh; supervisord -c config/supervisord.conf", "web: bin/nginx_start", "worker: sleep 1"],
)
def test_a_procfile_that_starts_the_stack_or_nothing_on_the_web(market: Market, line: str) -> None:
    assert decided(market, {**WSGI, "Procfile": f"{line}\n"}).stack is not None


def test_what_serves_nobody_has_no_stack(market: Market) -> None:
    assert "a build for tests serves nobody" == decided(market, WSGI, "test").choice.because
    (market.folder / "app" / "wsgi.py").unlink()
    assert "TAMPU_APP=module:callable" in decided(market, {"requirements.txt": ""}).choice.because


def test_all_that_dotcloud_yml_says(market: Market) -> None:
    decision = decided(market, {"dotcloud.yml": DOTCLOUD, "src/wsgi.py": "application = print\n"})

    stack = decision.stack
    assert stack is not None
    assert {"processes": 3, "harakiri": 20, "enable-threads": True} == dict(stack.uwsgi)
    assert ("src", "./migrate", {"cleaner": "python clean.py"}) == (stack.approot, stack.postinstall, stack.processes)
    assert (True, True, ("COLOUR", "PORT_WWW", "SET")) == (stack.dotcloud, stack.newrelic, stack.environment)
    assert ("www", ("newrelic.txt",)) == (stack.service, stack.requirements)
    assert ("app", "nginx", "cleaner") == stack.needed


@pytest.mark.parametrize("asked", ["python-2.7.18", "python-2.7"])
def test_an_app_for_python_2_is_read_as_such(market: Market, asked: str) -> None:
    files = {"wsgi.py": "print 'hello'\napplication = print\n", "runtime.txt": f"{asked}\n"}

    stack = decided(market, files).stack

    assert stack is not None
    assert stack.entry is not None
    assert "wsgi:application" == stack.entry.app


def test_an_approot_that_a_user_has_set(market: Market) -> None:
    tree = Tree(write_app(market.folder / "app", {"web/wsgi.py": "application = print\n"}))
    target = Target(app=tree.root, layers=tree.root / ".tampu")

    stack = decide_stack(survey(tree, None, "web"), target, market.world).stack

    assert stack is not None
    assert ("web", "wsgi:application", False) == (stack.approot, stack.entry and stack.entry.app, stack.dotcloud)


def test_an_asynchronous_app_gets_its_server(market: Market) -> None:
    stack = decided(market, {"main.py": "async def app(scope, receive, send): ...\n"}, TAMPU_APP="main:app").stack

    assert stack is not None
    assert ("asgi", ("asgi.txt",)) == (stack.server, stack.requirements)


def test_an_ini_gets_its_reader(market: Market) -> None:
    stack = decided(market, {"production.ini": "[app:main]\nuse = egg:Shop\n"}).stack

    assert stack is not None
    assert ("uwsgi", ("paste.txt",)) == (stack.server, stack.requirements)


def test_an_agent_is_for_what_answers_requests(market: Market) -> None:
    text = "jobs: {type: python-worker, process: x, config: {enable_newrelic: true}}\n"
    stack = decided(market, {"dotcloud.yml": text}).stack

    assert stack is not None
    assert () == stack.requirements


def test_a_worker_has_no_server(market: Market) -> None:
    decision = decided(market, {"dotcloud.yml": "jobs: {type: python-worker, process: python work.py}\n"})

    stack = decision.stack
    assert stack is not None
    assert ("none", {"jobs": "python work.py"}, ("jobs",)) == (stack.server, stack.processes, stack.needed)
    assert ["worker"] == list(stack.default_processes)


def test_what_a_user_has_set_on_a_laptop_is_the_whole_shell_and_no_setting_of_the_app(market: Market) -> None:
    tree = Tree(write_app(market.folder / "app", {"dotcloud.yml": "w: {type: python-worker, process: x}\n"}))
    target = Target(app=tree.root, layers=tree.root / ".tampu", user_env={"SET": "1"}, local=True)

    stack = decide_stack(survey(tree, service(tree)), target, market.world).stack

    assert stack is not None
    assert () == stack.environment
    assert tree.root / ".tampu/home" == target.home
