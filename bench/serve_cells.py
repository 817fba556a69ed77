"""What is asked for, by how many clients at a time, and who answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from shutil import which
from typing import Protocol

OURS = "tampu"
WORKERS = 2
SYNC, UVICORN, WHITENOISE = "gunicorn sync", "uvicorn", "whitenoise, gunicorn sync"
APACHE = "mod_wsgi-express"
# Built from source, with what apt-get install apache2-dev brings.
APACHE_IS_THERE = which("apxs") is not None


class Server(Protocol):
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ours:
    """nginx, the app server and supervisord, as Procfile.default starts them in a built app."""

    name: str = OURS


@dataclass(frozen=True, slots=True)
class Rival:
    """A command in the rivals' environment; `{port}` is filled in."""

    name: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    name: str
    app: str
    path: str = "/"
    clients: int = 32
    servers: tuple[Server, ...]


def _gunicorn(app: str, kind: str = "sync") -> str:
    return f"gunicorn --workers {WORKERS} --worker-class {kind} --bind 127.0.0.1:{{port}} {app}"


def _granian(interface: str, app: str) -> str:
    return f"granian --interface {interface} --workers {WORKERS} --port {{port}} --no-access-log {app}"


def _uvicorn(app: str) -> str:
    return f"uvicorn --workers {WORKERS} --port {{port}} --no-access-log --log-level warning {app}"


def _apache(module: str) -> str:
    own = "--host 127.0.0.1 --port {port} --server-root {root} --user nobody --group nogroup --log-to-terminal"
    return f"mod_wsgi-express start-server {own} --processes {WORKERS} --application-type module {module}"


WSGI: tuple[Server, ...] = (
    Ours(),
    Rival(SYNC, _gunicorn("wsgi:application")),
    Rival("gunicorn gthread", _gunicorn("wsgi:application", "gthread --threads 4")),
    Rival("granian", _granian("wsgi", "wsgi:application")),
    Rival("waitress", "waitress-serve --listen 127.0.0.1:{port} wsgi:application"),
    *((Rival(APACHE, _apache("wsgi")),) if APACHE_IS_THERE else ()),
)
ASGI: tuple[Server, ...] = (
    Ours(),
    Rival(UVICORN, _uvicorn("asgi:application")),
    Rival("granian", _granian("asgi", "asgi:application")),
)
API: tuple[Server, ...] = (
    Ours(),
    Rival(UVICORN, _uvicorn("main:app")),
    Rival("granian", _granian("asgi", "main:app")),
)
STATIC: tuple[Server, ...] = (
    Ours(),
    Rival(WHITENOISE, _gunicorn("with_whitenoise:application")),
    Rival("whitenoise, granian", _granian("wsgi", "with_whitenoise:application")),
)
FILES = {"1 KB": ("1k.bin", 1024), "100 KB": ("100k.bin", 100 * 1024), "10 MB": ("10m.bin", 10 * 1024 * 1024)}
HELLO, HELLO_256, PAGE = "WSGI hello", "WSGI hello, 256 clients", "Flask page"
ASGI_HELLO, FASTAPI = "ASGI hello", "FastAPI"
DYNAMIC = (
    Cell(name=HELLO, app="hello", servers=WSGI),
    Cell(name=HELLO_256, app="hello", clients=256, servers=WSGI),
    Cell(name=PAGE, app="page", servers=WSGI),
    Cell(name=ASGI_HELLO, app="asgi", servers=ASGI),
    Cell(name=FASTAPI, app="api", path="/items/7?name=seven", servers=API),
)
CELLS = (
    *DYNAMIC,
    *(Cell(name=f"static {size}", app="hello", path=f"/static/{FILES[size][0]}", servers=STATIC) for size in FILES),
)
MODULES = {"hello": "wsgi", "page": "wsgi", "asgi": "asgi", "api": "main"}


def _beside(cell: Cell, rival: str) -> Cell:
    return replace(cell, servers=tuple(server for server in cell.servers if server.name in {OURS, rival}))


_OF = {cell.name: cell for cell in CELLS}
CHOSEN = {
    "quick": (
        _beside(_OF[HELLO], SYNC),
        _beside(_OF[ASGI_HELLO], UVICORN),
        _beside(_OF["static 1 KB"], WHITENOISE),
    ),
    "full": CELLS,
}
