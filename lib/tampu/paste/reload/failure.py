"""What a browser and a terminal show where an app can't be loaded."""

from __future__ import annotations

import html
import os
import traceback
from typing import TYPE_CHECKING, Any

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    StartResponse = Callable[[str, list[tuple[str, str]]], object]

OURS = os.path.dirname(os.path.dirname(os.path.abspath(os.path.dirname(__file__)))) + os.sep
MACHINERY = ("<frozen importlib", os.path.join("paste", "deploy") + os.sep, os.path.join("importlib", "__init__.py"))
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The app can't be loaded</title>
<style>
body {{ margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 1rem/1.5 sans-serif; color-scheme: light dark }}
pre {{ padding: 1rem; border-left: .3rem solid #c33; background: #8882; overflow: auto; font-size: .9rem }}
</style>
</head>
<body>
<h1>The app can't be loaded</h1>
<p><strong>{last}</strong></p>
<pre>{text}</pre>
<p>The next change of a file starts it again.</p>
</body>
</html>
"""


class Page:
    """A WSGI app that answers all requests alike; what is told is the app's own, and markup to nobody."""

    def __init__(self, text: str) -> None:
        lines = text.strip().splitlines()
        last = lines[0 if text.startswith("Error: ") else -1] if lines else ""
        self._body = PAGE.format(last=html.escape(last), text=html.escape(text)).encode("utf-8", "backslashreplace")

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response(
            "500 Internal Server Error",
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(self._body))),
                ("Cache-Control", "no-store"),
            ],
        )
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [self._body]


def text_of(error: BaseException) -> str:
    """The traceback without the steps that are ours and PasteDeploy's: they are the same each time."""
    if isinstance(error, TampuError):
        return getattr(error, "traceback", "") or error.as_text()
    told = traceback.TracebackException.from_exception(error)
    _shorten(told, set())
    return "".join(told.format())


def _shorten(told: traceback.TracebackException, seen: set[int]) -> None:
    if id(told) in seen:
        return
    seen.add(id(told))
    kept = [frame for frame in told.stack if not _is_machinery(frame.filename)]
    told.stack[:] = kept or told.stack
    for other in (told.__cause__, told.__context__):
        if other:
            _shorten(other, seen)


def _is_machinery(file: str) -> bool:
    return file.startswith(OURS) or any(part in file for part in MACHINERY)
