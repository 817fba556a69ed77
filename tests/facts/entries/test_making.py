from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.entrypoint import entrypoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    Lay = Callable[[Mapping[str, str]], Tree]

FLASK = "from flask import Flask\napp = Flask(__name__)\n"


def found(app: Lay, text: str, **others: str) -> str | None:
    files = {"app.py": text, **{f"{name}.py": text for name, text in others.items()}}
    entry = entrypoint(app(files), ".", None, None)
    if entry is None:
        return None
    return f"{entry.app.removeprefix('app:')}{'()' if entry.factory else ''} {entry.kind.value}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import flask\napp = flask.Flask(__name__)", "app wsgi"),
        ("import flask as f\nsite = f.Flask(__name__)", "site wsgi"),
        ("from flask import Flask as F\nsite: F = F(__name__)", "site wsgi"),
        ("from flask.app import Flask\nsite = Flask(__name__)", "site wsgi"),
        ("from flask import *\nsite = Flask(__name__)", "site wsgi"),
        ("try:\n    from flask import Flask\nexcept ImportError:\n    Flask = None\nsite = Flask()", "site wsgi"),
        ("from fastapi import FastAPI\nif True:\n    site = FastAPI()", "site asgi"),
        ("from starlette.applications import Starlette\ntry:\n    site = Starlette()\nfinally:\n    pass", "site asgi"),
        ("from quart import Quart\nwith opened():\n    site = Quart(__name__)", "site asgi"),
        ("from litestar import Litestar\nsite = Litestar([])", "site asgi"),
        ("from sanic import Sanic\nsite = Sanic('x')", "site asgi"),
        ("import falcon\nsite = falcon.App()", "site wsgi"),
        ("import falcon.asgi\nsite = falcon.asgi.App()", "site asgi"),
        ("from falcon.asgi import App\nsite = App()", "site asgi"),
        ("import bottle\nsite = bottle.Bottle()", "site wsgi"),
        ("import bottle\nsite = bottle.default_app()", "site wsgi"),
        ("from bottle import *\nsite = default_app()", "site wsgi"),
        ("from pyramid.config import Configurator\nsite = Configurator().make_wsgi_app()", "site wsgi"),
        ("with Configurator() as config:\n    app = config.make_wsgi_app()", "app wsgi"),
        ("import web\nsite = web.application(urls, globals()).wsgifunc()", "site wsgi"),
        ("import web\nsite = web.application(urls, globals())", "site.wsgifunc() wsgi"),
        ("import web\nsite = web.application(urls, globals())\nx = site.wsgifunc", "site.wsgifunc() wsgi"),
        ("from django.core.wsgi import get_wsgi_application as g\nsite = g()", "site wsgi"),
        ("from django.core.asgi import get_asgi_application\nsite = get_asgi_application()", "site asgi"),
        ("import tornado.wsgi\nsite = tornado.wsgi.WSGIAdapter(x)", "site wsgi"),
        ("import webapp2\nsite = webapp2.WSGIApplication([])", "site wsgi"),
        ("import cherrypy\nsite = cherrypy.Tree()", "site wsgi"),
        ("import cherrypy\nsite = cherrypy.tree.mount(Root())", "site wsgi"),
        ("import cherrypy\nsite = cherrypy.tree", "site wsgi"),
        ("from cherrypy import tree as site", "site wsgi"),
        ("import dash\napp = dash.Dash(__name__)", "app.server wsgi"),
        ("from dash import Dash\nboard = Dash(__name__)\nserver = board.server", "server wsgi"),
        ("from dash import Dash\nboard = Dash(__name__)\ntitle = board.title", "board.server wsgi"),
        ("import flask, dash\nserver = flask.Flask('x')\nboard = dash.Dash(server=server)", "board.server wsgi"),
    ],
)
def test_frameworks_are_known_under_any_name(app: Lay, text: str, expected: str) -> None:
    assert expected == found(app, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import socketio\nsite = Flask('x')\nsio = socketio.WSGIApp(socketio.Server(), site)", "sio wsgi"),
        ("import socketio\nsite = Flask('x')\nsio = socketio.ASGIApp(s, other_asgi_app=site)", "sio asgi"),
        ("site = Flask('x')\napp = ProxyFix(site.wsgi_app)", "app wsgi"),
        ("site = Flask('x')\napplication = site", "application wsgi"),
        ("app = application = Flask('x')", "application wsgi"),
        ("app = Flask('x')\napp = ProxyFix(app, x_for=1)", "app wsgi"),
        ("app = Flask('x')\napp.wsgi_app = ProxyFix(app.wsgi_app)", "app wsgi"),
        ("from a2wsgi import WSGIMiddleware\nsite = Flask('x')\napp = WSGIMiddleware(site)", "app asgi"),
        ("site = Flask('x')\napp = Tracing(app=site)", "app wsgi"),
        ("site = Flask('x')\ndatabase = SQLAlchemy(site)\nlog = site.logger\nclient = site.test_client()", "site wsgi"),
        ("api = Flask('x')\nsite = Flask('y')\nsite.mount('/api', api)\nsite.run(api)", "site wsgi"),
        ("site = Flask('x')\nother = Flask('y')\nsite = Mix(site)\nx.mount(app=other)", "site wsgi"),
        ("app = Flask('x') if production else None", "app wsgi"),
        ("app = made or Flask('x')", "app wsgi"),
        ("app = (made := Flask('x'))", "app wsgi"),
        ("a, b = Flask('x'), 1\nsite = Flask('x')", "site wsgi"),
        ("from starlette.applications import Starlette\nsite = Starlette()\napp = site.asgi_app", "app asgi"),
    ],
)
def test_the_outermost_is_what_answers(app: Lay, text: str, expected: str) -> None:
    assert expected == found(app, f"from flask import Flask\n{text}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def application(environ, start_response): ...", "application wsgi"),
        ("def app(env, start_response, /): ...", "app wsgi"),
        ("async def app(scope, receive, send): ...", "app asgi"),
        ("app = lambda environ, start_response: []", "app wsgi"),
        ("app = lambda x: []", None),
        ("def hello(environ, start_response): ...", None),
        ("def hello(environ, start_response): ...\napp = hello", "app wsgi"),
        ("@Request.application\ndef app(request): ...", "app wsgi"),
        ("@wsgify()\ndef app(request): ...", "app wsgi"),
        ("@wraps(x)[0]\ndef app(request): ...", None),
        ("class App:\n    x = 1\n    def __call__(self, environ, start_response): ...\napp = App()", "app wsgi"),
        ("class App:\n    async def __call__(self, scope, receive, send): ...\nsite = App()", "site asgi"),
        ("class App:\n    def __call__(self): ...\napp = App()", None),
        ("class App: ...\napp = App", None),
        ("from flask import Flask\nclass Site(Flask): ...\nclass Shop(x, Site): ...\nsite = Shop()", "site wsgi"),
        ("class App(make()): ...\napp = App()", None),
        ("class App(App): ...\napp = App()", None),
        ("def make(): return 1\nclass App(make): ...\napp = App()", None),
        ("app = 1", None),
        ("app: object", None),
        ("app = make()()", None),
        ("app = app", None),
        ("a = b\nb = a\napp = a.wsgi", None),
        ("from app import app", None),
        ("from .app import app", None),
        ("from ..app import app", None),
        ("if __name__ == '__main__':\n    from flask import Flask\n    app = Flask('x')", None),
        ("if '__main__' == __name__:\n    from flask import Flask\n    app = Flask('x')", None),
        ("from flask import Flask\nif not __name__ == '__main__':\n    app = Flask('x')", "app wsgi"),
        ("import typing\nfrom flask import Flask\nif typing.TYPE_CHECKING:\n    app = Flask('x')", None),
        ("from flask import Flask\nif TYPE_CHECKING:\n    app = Flask('x')\nelse:\n    app = None", None),
        ("from celery import Celery\napp = Celery('x')", None),
    ],
)
def test_plain_python_answers_where_its_form_says_so(app: Lay, text: str, expected: str | None) -> None:
    assert expected == found(app, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def create_app():\n    return Flask('x')", "create_app() wsgi"),
        ("def make_app(*, debug=False):\n    app = Flask('x')\n    return app", "make_app() wsgi"),
        ("def get_app():\n    if x:\n        return ProxyFix(Flask('x'))\n    return None", "get_app() wsgi"),
        ("def app_factory() -> Flask:\n    return Builder().build()", "app_factory() wsgi"),
        ("def create_app():\n    from fastapi import FastAPI\n    return FastAPI()", "create_app() asgi"),
        ("def create_app():\n    return Shop()\nclass Shop(Flask): ...", "create_app() wsgi"),
        ("def inner():\n    return Flask('x')\ndef create_app(x=1):\n    return inner()", "create_app() wsgi"),
        ("def get_app():\n    return Flask('x')\ndef create_app():\n    return get_app()", "create_app() wsgi"),
        ("def create_app():\n    return Flask('x')\napp = create_app()", "app wsgi"),
        ("def create_app(config):\n    return Flask('x')\napp = create_app('production')", "app wsgi"),
        ("def build():\n    return Flask('x')", None),
        ("def create_app(config):\n    return Flask('x')", None),
        ("def create_app(*, config):\n    return Flask('x')", None),
        ("async def create_app():\n    return Flask('x')", None),
        ("def create_app():\n    return create_app()", None),
        ("def create_app():\n    return None", None),
        ("def create_app():\n    app = Flask('x')", None),
        ("import dash\ndef create_app():\n    return dash.Dash()", None),
        ("def create_app():\n    return Flask('x')\nbuild = create_app", "create_app() wsgi"),
    ],
)
def test_factories_are_called_where_they_need_nothing(app: Lay, text: str, expected: str | None) -> None:
    assert expected == found(app, f"from flask import Flask\n{text}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from shop.web import app", "app wsgi"),
        ("from shop.web import app as site", "site wsgi"),
        ("import shop.web\napp = shop.web.app", "app wsgi"),
        ("import shop.web as w\nsite = w.app", "site wsgi"),
        ("from shop.web import *\nsite = app", "site wsgi"),
        ("from shop.make import create\nsite = create()", "site wsgi"),
        ("from shop import make\nsite = make.create()", "site wsgi"),
        ("from shop.all import create\nsite = create()", "site wsgi"),
        ("from shop.all import app", "app wsgi"),
        ("from shop.make import Shop\nsite = Shop()", "site wsgi"),
        ("from shop.make import create as create_app", "shop.web:app wsgi"),
        ("from shop.round import app", "shop.web:app wsgi"),
        ("from shop.round import f\nsite = f()", "shop.web:app wsgi"),
        ("from shop.broken import app", "shop.web:app wsgi"),
        ("from shop.models import app", "shop.web:app wsgi"),
    ],
)
def test_what_other_modules_of_the_app_make_is_followed(app: Lay, text: str, expected: str) -> None:
    others = {
        "shop/__init__": "",
        "shop/web": FLASK,
        "shop/make": "import flask\nclass Shop(flask.Flask): ...\ndef create():\n    return Shop('app')\n",
        "shop/all": "from .make import create\nfrom .web import app\n",
        "shop/round": "from shop.square import app, f\n",
        "shop/square": "from shop.round import app, f\n",
        "shop/broken": "from flask import Flask\napp = = Flask()\n",
        "shop/models": "class Thing: ...\n",
    }

    assert expected == found(app, f"{text}\n# app\n", **others)


def test_no_length_and_no_depth_is_too_much(app: Lay) -> None:
    longer = "app = Flask('x')\n" + "app = W(app)\n" * 5000
    branches = "if x: pass\n" + "elif y: pass\n" * 900 + f"else:\n{FLASK}"
    deeper = "app = " + "(" * 5000 + ")" * 5000

    assert found(app, f"from flask import Flask\n{longer}") in (None, "app wsgi")
    assert found(app, branches.replace("\nfrom", "\n from").replace("\napp", "\n app")) in (None, "app wsgi")
    for text in (deeper, f"app = {'-' * 90_000}1\n", f"if {'-' * 900}1:\n    app = Flask('x')\n"):
        assert found(app, text) is None
