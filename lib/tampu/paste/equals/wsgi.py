"""What all of these share: the types of WSGI, and an answer of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class Loader(Protocol):
    def get_app(self, name: str, global_conf: object) -> App:
        """Give the app of that name."""


def answer(start_response: StartResponse, status: str, headers: Headers | None = None) -> list[bytes]:
    body = f"{status}\n".encode()
    given = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, [*given, *(headers or [])])
    return [body]


def close(result: object) -> None:
    if hasattr(result, "close"):
        result.close()
