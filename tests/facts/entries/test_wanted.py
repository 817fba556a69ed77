from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.entries.modules import Unparsable
from tampu.facts.entries.wanted import NoSuchName, NotThere, WrongForm
from tampu.facts.entrypoint import Entry, Kind, entrypoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    Lay = Callable[[Mapping[str, str]], Tree]

FILES = {
    "wsgi.py": "application = 1\n",
    "app.py": "from flask import Flask\napp = Flask(__name__)\ndef create():\n    return Flask('x')\n",
    "plain.py": "import os\n_x = 1\nserve = os.environ\ndef make(): ...\n",
    "board.py": "import dash\nboard = dash.Dash()\n",
    "many.py": "\n".join(f"name_{number} = 1" for number in range(100)),
    "empty.py": "",
    "both.py": "app = 1\napplication = 2\n",
    "imports.py": "from shop import models, web\nimport shop.web\nimport app\nfrom app import app as other\n",
    "stars.py": "from app import *\nfrom plain import *\n",
    "broken.py": "x = = 1\n",
    "src/shop/web.py": "from fastapi import FastAPI\nsite = FastAPI()\n",
    "src/shop/models.py": "",
    "site/manage.py": "import os\n",
    "site/mysite/wsgi.py": "application = make()\n",
    "production.ini": "[DEFAULT]\nx = 1\n[app:main]\n",
    "conf/live.ini": "[composite:main]\n",
    "tox.ini": "[tox]\n",
}


def entry(app: Lay, wanted: str) -> Entry | None:
    return entrypoint(app(FILES), ".", wanted, "site/manage.py")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("app:app", ". app:app wsgi"),
        ("app", ". app:app wsgi"),
        ("both", ". both:application wsgi"),
        ("app:create", ". app:create() wsgi"),
        ("app:create()", ". app:create() wsgi"),
        ("plain:make()", ". plain:make() wsgi"),
        ("plain:serve", ". plain:serve wsgi"),
        ("plain:serve.handler", ". plain:serve.handler wsgi"),
        ("board:board", ". board:board.server wsgi"),
        ("board:board.server", ". board:board.server wsgi"),
        ("shop.web:site", "src shop.web:site asgi"),
        ("mysite.wsgi", "site mysite.wsgi:application wsgi"),
        ("mysite.wsgi:application", "site mysite.wsgi:application wsgi"),
        ("imports:other", ". imports:other wsgi"),
        ("stars:app", ". stars:app wsgi"),
    ],
)
def test_what_the_variable_names_is_it(app: Lay, wanted: str, expected: str) -> None:
    found = entry(app, wanted)

    assert found
    assert expected == f"{found.path[0]} {found.app}{'()' if found.factory else ''} {found.kind.value}"


@pytest.mark.parametrize(
    ("wanted", "ini", "evidence"),
    [
        ("config:production.ini", "production.ini", "production.ini:3: [app:main]"),
        ("production.ini", "production.ini", "production.ini:3: [app:main]"),
        ("conf/live.ini", "conf/live.ini", "conf/live.ini:1: [composite:main]"),
    ],
)
def test_an_ini_may_be_named(app: Lay, wanted: str, ini: str, evidence: str) -> None:
    assert Entry(kind=Kind.PASTE, paste=ini, evidence=evidence) == entry(app, wanted)


@pytest.mark.parametrize("wanted", [":", "app:", ":app", "a b", "app/app:app", "app:create(1)", "é-:x", "app:app\n"])
def test_another_form_is_refused(app: Lay, wanted: str) -> None:
    with pytest.raises(WrongForm):
        entry(app, wanted)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("web:app", "web.py, in the approot or in src"),
        ("shop:app", "shop.py, in the approot or in src"),
        ("app.py:app", "app/py.py, in the approot or in src"),
        ("a" * 300, "aaa"),
        ("other.ini", "an ini in the approot"),
        ("tox.ini", "an ini in the approot"),
        ("../production.ini", "an ini in the approot"),
        ("config:/etc/production.ini", "an ini in the approot"),
        ("config:app", "an ini in the approot"),
    ],
)
def test_what_is_not_there_is_said(app: Lay, wanted: str, expected: str) -> None:
    with pytest.raises(NotThere) as caught:
        entry(app, wanted)

    assert f"Expected: {expected}" in caught.value.advice


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("app:application", "app, create"),
        ("plain", "_x, serve, make"),
        ("empty", "no names at all"),
        ("many:x", "name_0, name_1, name_2, name_3, name_4, name_5"),
        ("imports:models", "models, web, shop, app, other"),
        ("imports:shop", "models, web, shop, app, other"),
        ("stars:nothing", "no names at all"),
    ],
)
def test_a_name_that_is_not_there_is_met_with_those_that_are(app: Lay, wanted: str, there: str) -> None:
    with pytest.raises(NoSuchName) as caught:
        entry(app, wanted)

    assert f": {there}\n" in caught.value.advice


def test_the_named_module_must_be_python(app: Lay) -> None:
    with pytest.raises(Unparsable) as caught:
        entry(app, "broken:app")

    assert "broken.py is not valid Python" == caught.value.title
