"""Files of a line or a few: runtime.txt, .python-version, .tool-versions, Procfile, an app's own nginx.conf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.facts.nginx_conf import error_pages, nginx_conf
from tampu.facts.process import processes
from tampu.facts.python import overruled, python_requests
from tests.kit.drawn import given
from tests.kit.foreign import fuzz, is_one_line, outcome, saved, texts
from tests.kit.held import EMPTY, Held

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from tampu.facts.tree import Tree

    T = TypeVar("T")

VERSIONS = (
    "python-",
    "python ",
    "3",
    ".",
    "3.13",
    "3.12.1",
    "2.7.18",
    "x",
    "pypy",
    "v",
    "# comment",
    "\n",
    "nodejs 20",
)
PROCESSES = ("web", "worker", "release", ":", ": ", "\n", "#", "gunicorn wsgi", "python -c 'x'", "$PORT", "&& id", "_-")
CONFS = (
    *("location ", "location = ", "location ^~ ", "/static/", "@404", '"/a b"', "{", "}", ";", "#", "\n"),
    *("root app;", "/home/dotcloud", "return 204;", "try_files $uri @app"),
)


def of_file(name: str, data: bytes, read: Callable[[Tree], T]) -> T | TampuError:
    return outcome(lambda: read(Held(EMPTY, {name: data})))


@pytest.mark.parametrize("name", ["runtime.txt", ".python-version", ".tool-versions"])
@fuzz
@given(data=saved(texts(*VERSIONS, examples=["python-3.12.4\n", "3.13\n", "python 3.12.1 3.11\nnodejs 20\n"])))
def test_a_wish_for_a_python(name: str, data: bytes) -> None:
    found = of_file(name, data, lambda tree: (python_requests(tree), overruled(tree)))

    if not isinstance(found, TampuError):
        for request in found[0]:
            assert is_one_line(request.spec + request.text)


@fuzz
@given(data=saved(texts(*PROCESSES, examples=["web: gunicorn wsgi --bind :$PORT\nworker: python worker.py\n# x\n"])))
def test_a_procfile(data: bytes) -> None:
    found = of_file("Procfile", data, processes)

    if not isinstance(found, TampuError):
        assert not [word for words in found.items() for word in words if set(word) & set("\n\r\0")]


@fuzz
@given(data=saved(texts(*CONFS, examples=["location /static/ {\n  alias app/;\n}\nlocation @404 { return 404; }\n"])))
def test_an_nginx_conf_of_the_apps_own(data: bytes) -> None:
    found = of_file("nginx.conf", data, lambda tree: (nginx_conf(tree), error_pages(tree)))

    assert not isinstance(found, TampuError)
    assert all(page.isdigit() for page in found[0].pages)
