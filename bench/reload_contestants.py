"""Those who start apps anew at each change: each says how it is started on an app of one module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from house import TAMPU

if TYPE_CHECKING:
    from pathlib import Path

OURS = "tampu"
# Who is told of changes as we are: of others, most is the time after which they look.
QUICK = (OURS, "gunicorn, inotify")
HEAVY = "import django, fastapi, flask, pyramid.config\n"
WSGI = """\
{imports}

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"{word}"]


def make(global_conf, **local):
    return app
"""
ASGI = """\
{imports}

async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}})
        await send({{"type": "http.response.body", "body": b"{word}"}})
"""
FLASK = """\
{imports}
import flask

app = flask.Flask(__name__)


@app.get("/")
def page():
    return "{word}"
"""
DJANGO = """\
{imports}
from django.http import HttpResponse
from django.urls import path

DEBUG, SECRET_KEY, ROOT_URLCONF, ALLOWED_HOSTS = True, "-", "app", ["*"]
urlpatterns = [path("", lambda request: HttpResponse("{word}"))]
"""
CONFIG = """\
[app:main]
use = call:app:make

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    program: tuple[str, ...]
    words: tuple[str, ...]
    text: str = WSGI

    def command(self, port: int) -> tuple[str, ...]:
        return (*self.program, *(word.format(port=port) for word in self.words))

    def write(self, place: Path, port: int, word: str, *, heavy: bool) -> None:
        (place / "development.ini").write_text(CONFIG.format(port=port), encoding="utf-8")
        (place / "app.py").write_text(self.module(word, heavy=heavy), encoding="utf-8")

    def module(self, word: str, *, heavy: bool) -> str:
        return self.text.format(word=word, imports=HEAVY if heavy else "")


def contestants(python: str) -> tuple[Contestant, ...]:
    """All with the same Python, in one environment."""
    ini = "development.ini"
    tampu = (str(TAMPU), "serve", "--python", python)
    module = (python, "-m")
    return (
        Contestant(OURS, tampu, ("--reload", ini)),
        Contestant(
            "gunicorn, inotify",
            (*module, "gunicorn"),
            ("--reload", "--reload-engine", "inotify", "-b", "127.0.0.1:{port}", "app:app"),
        ),
        Contestant(
            "granian",
            (*module, "granian"),
            ("--reload", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "app:app"),
        ),
        Contestant("uvicorn", (*module, "uvicorn"), ("--reload", "--port", "{port}", "app:app"), ASGI),
        Contestant("flask", (*module, "flask"), ("--app", "app", "run", "--debug", "--port", "{port}"), FLASK),
        Contestant(
            "django",
            (*module, "django"),
            ("runserver", "--settings", "app", "--pythonpath", ".", "127.0.0.1:{port}"),
            DJANGO,
        ),
        Contestant("pserve, hupper", (*module, "pyramid.scripts.pserve"), ("--reload", ini)),
    )
