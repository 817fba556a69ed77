"""Asks an app of WSGI, with wsgiref's validator between: both sides keep to the rules."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from tampu.paste.equals.wsgi import close

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tampu.paste.equals.wsgi import App


@dataclass(slots=True, kw_only=True)
class Told:
    status: str
    headers: dict[str, str]
    body: bytes


def ask(app: App, path: str = "/", body: bytes = b"", method: str = "", **more: str) -> Told:
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "CONTENT_LENGTH": f"{len(body)}",
    }
    environ |= {"REQUEST_METHOD": method or ("POST" if body else "GET"), "wsgi.input": io.BytesIO(body), **more}
    setup_testing_defaults(environ)
    said: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:  # noqa: ANN401
        assert exc_info or not said
        said[:] = [status, headers]
        return lambda _data: None

    result = validator(app)(environ, start)
    try:
        found = b"".join(result)
    finally:
        close(result)
    return Told(status=said[0], headers=dict(said[1]), body=found)


def saying(status: str = "200 OK", body: bytes = b"hello", kind: str = "text/plain") -> App:
    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = [] if status[:3] in {"204", "304"} else [("Content-Type", kind)]
        start_response(status, headers)
        return [body]

    return app


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']} ".encode() + sent]


class Apps:
    """A loader of PasteDeploy's, as far as composites ask."""

    def __init__(self, **apps: App) -> None:
        self._apps = apps

    def get_app(self, name: str, global_conf: object) -> App:
        assert global_conf == {}
        return self._apps[name]
