"""An ini of fifteen years ago in the web stack: all that it says is so, and nothing of Paste needs to be installed."""

from __future__ import annotations

import re
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tampu.world import ports
from tests.kit import builds, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.served import Served

PATIENCE = 60
PAGES = """\
import logging
log = logging.getLogger(__name__)

def main(global_config, **settings):
    def app(environ, start_response):
        log.debug("asked for %s", environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        told = {**global_config, **settings, "at": environ["SCRIPT_NAME"], "scheme": environ["wsgi.url_scheme"]}
        return [" ".join(f"{name}={told[name]}" for name in settings["told"].split()).encode()]
    return app

def shout(app, global_config, sign):
    def shouting(environ, start_response):
        return [*app(environ, start_response), sign.encode()]
    return shouting
"""
INI = """\
# The config of a site that has come a long way.
[DEFAULT]
debug = false
email_to = you@example.org

[composite:main]
use = egg:Paste#urlmap
/ = site
/api = config:other.ini

[pipeline:site]
pipeline = proxy shout errors pages

[filter:proxy]
use = egg:PasteDeploy#prefix
prefix = /

[filter:shout]
paste.filter_app_factory = pages:shout
sign = !

[filter:errors]
use = egg:Paste#httpexceptions

[app:pages]
use = base
set debug = true
get mail = email_to
told = debug mail cache_dir

[app:base]
paste.app_factory = pages:main
cache_dir = %(here)s/data

[server:main]
use = egg:Paste#http
host = 0.0.0.0
port = 5000

[loggers]
keys = root, pages

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARN
handlers = console

[logger_pages]
level = DEBUG
handlers =
qualname = pages

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
"""
OTHER = """\
[app:main]
paste.app_factory = pages:main
filter-with = shout
told = at email_to

[filter:shout]
use = config:production.ini#shout
sign = ?
"""
FILES = {
    "production.ini": INI,
    "other.ini": OTHER,
    "pages.py": PAGES,
    "requirements.txt": "# none\n",
    ".python-version": "3.13\n",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("old ini")
    platform = builds.Platform.make(place / "platform", mirror, index, seed)
    app = builds.write_app(place / "app", FILES)
    platform.compile(app)
    with served.serve(app, place / "run") as running:
        deadline = time.monotonic() + PATIENCE
        while not ports.answers(running.port):
            assert time.monotonic() < deadline, running.said()
            time.sleep(0.02)
        yield running


def page(stack: Served, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}{path}", timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def test_a_composite_a_pipeline_and_filters(stack: Served) -> None:
    assert re.fullmatch(r"debug=true mail=you@example.org cache_dir=/\S+ ini0/app/data!", page(stack, "/"))


def test_another_config(stack: Served) -> None:
    assert "at=/api email_to=you@example.org?" == page(stack, "/api/users")


def test_its_logging(stack: Served) -> None:
    page(stack, "/road")
    deadline = time.monotonic() + PATIENCE
    while "| DEBUG [pages] asked for /road\n" not in stack.said():
        assert time.monotonic() < deadline, stack.said()
        time.sleep(0.02)
