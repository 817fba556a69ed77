from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.entries.conventional import NoApplication
from tampu.facts.entries.modules import Unparsable
from tampu.facts.entrypoint import Entry, Kind, entrypoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    Lay = Callable[[Mapping[str, str]], Tree]

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
PRINT_OF_TWO = "from flask import Flask\nprint 'hello'\napp = Flask(__name__)\n"
PYRAMID = "[app:main]\nuse = egg:shop\n"


def found(app: Lay, files: Mapping[str, str]) -> Entry | None:
    return entrypoint(app(files), ".", None, None)


def of(app: Lay, files: Mapping[str, str]) -> tuple[str, str]:
    entry = found(app, files)
    assert entry
    return entry.app + ("()" if entry.factory else ""), entry.kind.value


def test_an_entry_says_all_that_a_server_must_know(app: Lay) -> None:
    expected = Entry(
        kind=Kind.WSGI,
        app="shop.web:site",
        path=("src",),
        evidence="src/shop/web.py:3: site = Flask(__name__)  # ours",
    )
    files = {"src/shop/web.py": "from flask import Flask\n\nsite = Flask(__name__)  # ours\n"}

    assert expected == found(app, files)


@pytest.mark.parametrize(
    "text",
    [
        "application = 1",
        "application: object = make()",
        "def application(environ, start_response): ...",
        "class application: ...",
        "from shop import thing as application",
        "if True:\n    from shop import application\n",
        "try:\n    application = make()\nexcept Exception:\n    raise\n",
        "with setting_up():\n    application = make()\n",
        "with make() as application:\n    pass\n",
        "application, database = make()",
        "from somewhere_else import *",
        "def __getattr__(name): ...",
    ],
)
def test_wsgi_py_with_application_is_it_however_that_is_bound(app: Lay, text: str) -> None:
    files = {"wsgi.py": text, "app.py": FLASK, "asgi.py": FASTAPI}

    assert ("wsgi:application", "wsgi") == of(app, files)


def test_wsgi_py_may_call_it_app(app: Lay) -> None:
    assert ("wsgi:app", "wsgi") == of(app, {"wsgi.py": "app = make()"})
    assert ("wsgi:app", "wsgi") == of(app, {"wsgi.py": "from shop import *\n", "shop.py": "app = make()"})


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import FastAPI\napplication = FastAPI()",
        "from starlette.applications import Starlette as S\napplication = S()",
        "import quart\napplication = quart.Quart(__name__)",
        "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()",
        "import litestar as l\napplication = l.Litestar([])",
        "async def application(scope, receive, send): ...",
        "class App:\n    async def __call__(self, scope, receive, send): ...\napplication = App()",
        "from asgiref.wsgi import WsgiToAsgi\napplication = WsgiToAsgi(make())",
        "from shop.web import app as application",
    ],
)
def test_wsgi_py_may_be_spoken_to_as_asgi_where_that_is_plain(app: Lay, text: str) -> None:
    assert ("wsgi:application", "asgi") == of(app, {"wsgi.py": text, "shop/web.py": FASTAPI})


def test_asgi_py_is_it_where_there_is_no_wsgi_py(app: Lay) -> None:
    assert ("asgi:application", "asgi") == of(app, {"asgi.py": "application = make()", "app.py": FLASK})
    assert ("asgi:app", "asgi") == of(app, {"asgi.py": "app = make()\n"})


def test_asgi_py_with_nothing_in_it_decides_nothing(app: Lay) -> None:
    assert ("app:app", "wsgi") == of(app, {"asgi.py": "import app\n", "app.py": FLASK})


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("import os\nif __name__ == '__main__':\n    app = 1\n", "os"),
        ("import os\nserver = make()\n", "server"),
        ("", "no names at all"),
    ],
)
def test_wsgi_py_without_application_says_what_it_has(app: Lay, text: str, there: str) -> None:
    with pytest.raises(NoApplication) as caught:
        found(app, {"wsgi.py": text, "app.py": FLASK})

    assert f"Found:    {there}\n" in caught.value.advice


@pytest.mark.parametrize("name", ["wsgi.py", "asgi.py", "app.py"])
def test_a_file_that_decides_must_be_python(app: Lay, name: str) -> None:
    with pytest.raises(Unparsable) as caught:
        found(app, {name: PRINT_OF_TWO, "worker.py": "print 'again'"})

    assert f"{name} is not valid Python" == caught.value.title
    assert "line 2: print 'hello'" in caught.value.advice


def test_a_file_that_does_not_decide_need_not_be_python(app: Lay) -> None:
    assert ("main:app", "wsgi") == of(app, {"app.py": PRINT_OF_TWO, "main.py": FLASK})
    assert found(app, {"app.py": "print 'no app'", "main.py": ""}) is None


def test_a_worker_has_nothing_that_answers(app: Lay) -> None:
    files = {"worker.py": "import time\nwhile True: time.sleep(1)\n", "app.py": "print('once')\n", "README": "app"}

    assert found(app, files) is None
    assert entrypoint(app({}), "not/there", None, None) is None


def test_production_ini_says_what_pyramid_serves(app: Lay) -> None:
    package = {"shop/__init__.py": "def main(settings):\n    return 1\n"}

    expected = Entry(kind=Kind.PASTE, paste="production.ini", evidence="production.ini:1: [app:main]")
    assert expected == found(app, {**package, "production.ini": PYRAMID, "development.ini": PYRAMID})


def test_a_module_of_its_own_beats_production_ini_and_a_package_does_not(app: Lay) -> None:
    files = {"production.ini": PYRAMID, "shop/web.py": FLASK}

    assert ("", "paste") == of(app, files)
    assert ("app:app", "wsgi") == of(app, {**files, "app.py": FLASK})


def test_another_ini_is_it_where_nothing_else_is(app: Lay) -> None:
    files = {
        "setup.cfg": "[app:main]",
        "tox.ini": "[tox]",
        "testing.ini": PYRAMID,
        "development.ini": f"# ours\n{PYRAMID}",
    }

    entry = found(app, files)

    assert entry
    assert ("development.ini", "development.ini:2: [app:main]") == (entry.paste, entry.evidence)
    assert ("app:app", "wsgi") == of(app, {"app.py": FLASK})


def test_the_approot_is_where_it_is_looked_for(app: Lay) -> None:
    tree = app({"wsgi.py": "application = 1", "web/app.py": FLASK, "web/manage.py": "import os"})

    entry = entrypoint(tree, "web", None, "web/manage.py")

    assert entry
    assert ("app:app", (".",)) == (entry.app, entry.path)
