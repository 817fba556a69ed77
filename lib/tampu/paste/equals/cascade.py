"""Several apps for the same address, one after the other until one has an answer: `egg:Paste#cascade`."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from tampu.paste.equals.wsgi import close

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, Headers, Loader, StartResponse

IN_MEMORY = 1 << 18


def make_app(loader: Loader, global_conf: Mapping[str, str], catch: str = "404", **said: str) -> App:
    """`app1`, `app2` and so on are asked in the order of their names."""
    odd = [name for name in said if not name.startswith("app")]
    if odd:
        raise ValueError(f"{odd[0]!r} is no name of an app in a cascade: these begin with 'app'")
    apps = [loader.get_app(said[name], global_conf=global_conf) for name in sorted(said)]
    return Cascade(apps, frozenset(catch.replace(",", " ").split()))


class Cascade:
    def __init__(self, apps: list[App], catch: frozenset[str]) -> None:
        self._apps = apps
        self._catch = catch

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        *others, last = self._apps
        again = _again(environ) if others else (lambda: environ)
        for app in others:
            result = self._asked(app, again(), start_response)
            if result is not None:
                return result
        return last(again(), start_response)

    def _asked(self, app: App, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """None where the next one is to be asked."""
        caught: list[str] = []

        def start(status: str, headers: Headers, exc_info: object = None) -> Any:  # noqa: ANN401 - what WSGI gives
            if status[:3] in self._catch:
                caught.append(status)
                return lambda _data: None
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        result = app(environ, start)
        if caught:
            close(result)
            return None
        return result


def _again(environ: Environ) -> Callable[[], Environ]:
    """The request once more: what one app reads, the next one reads too."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if length == "0" and not environ.get("wsgi.input_terminated"):
        return environ.copy
    body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the last app reads it, after this
    while data := environ["wsgi.input"].read(min(IN_MEMORY, int(length) - body.tell()) if int(length) else IN_MEMORY):
        body.write(data)

    def anew() -> Environ:
        body.seek(0)
        return {**environ, "wsgi.input": body}

    return anew
