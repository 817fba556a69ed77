"""One request to an app, without a server: `tampu request` and `tampu post`."""

from __future__ import annotations

import io
import sys
import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit
from wsgiref.util import setup_testing_defaults

from tampu.paste import loading, logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import BinaryIO, TextIO

    from tampu.paste.asking import Ask

# Where addresses that don't begin with a slash are: nothing that a browser asks for.
BELOW = "/.command/"
ACCEPT = "text/plain;q=1.0, */*;q=0.1"
FORM = "application/x-www-form-urlencoded"
HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`words` are what is asked behind the question mark; `headers` are lines such as `Accept: text/html`."""

    method: str
    url: str
    words: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    display_headers: bool = False


def run(wish: Wish, ask: Ask) -> int:
    logs.configure(ask)
    app = loading.load_app(ask)
    body = sys.stdin.buffer.read() if wish.method == "POST" else b""
    answer = Answer(sys.stdout.buffer, sys.stdout if wish.display_headers else None)
    try:
        answer.write_all(app(environ(wish, body), answer.start))
    except BrokenPipeError:
        raise
    except Exception:  # noqa: BLE001 - the app's own fault, told as Python tells it
        traceback.print_exc()
        return HTTPStatus.INTERNAL_SERVER_ERROR // HUNDRED
    return exit_code(answer.status)


def exit_code(status: int) -> int:
    """4 where the request was refused and 5 where the app failed: a status itself is more than an exit code can say."""
    if not status:
        return HTTPStatus.INTERNAL_SERVER_ERROR // HUNDRED
    return 0 if status < HTTPStatus.BAD_REQUEST else status // HUNDRED


def environ(wish: Wish, body: bytes) -> dict[str, Any]:
    url = urlsplit(urljoin(BELOW, wish.url))
    asked = [url.query] if url.query else []
    made: dict[str, Any] = {
        "REQUEST_METHOD": wish.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": "&".join([*asked, *map(_quoted, wish.words)]),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT": ACCEPT,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.run_once": True,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "paste.command_request": True,
    }
    if url.netloc:
        made |= {"HTTP_HOST": url.netloc, "wsgi.url_scheme": url.scheme or "http"}
    if wish.method == "POST":
        made["CONTENT_TYPE"] = FORM
    setup_testing_defaults(made)
    return {**made, **_headers(wish.headers)}


def _quoted(word: str) -> str:
    name, sign, value = word.partition("=")
    return f"{quote(name)}{sign}{quote(value)}"


def _headers(lines: Iterable[str]) -> Mapping[str, str]:
    found = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().upper().replace("-", "_")
        found[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value.strip()
    return found


class Answer:
    """What the app answers, written as it comes."""

    def __init__(self, out: BinaryIO, told: TextIO | None) -> None:
        self._out = out
        self._told = told
        self._pending = ""
        self.status = 0

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
        if exc_info and self.status and not self._pending:
            raise exc_info[1]  # type: ignore[index]
        self.status = int(status[:3])
        lines = (f"Status: {status}", *(f"{name}: {value}" for name, value in headers), "", "")
        self._pending = "\n".join(lines)
        return self._write

    def write_all(self, pieces: Iterable[bytes]) -> None:
        try:
            for piece in pieces:
                self._write(piece)
            self._write(b"")
        finally:
            close = getattr(pieces, "close", None)
            if close:
                close()
        self._out.flush()

    def _write(self, piece: bytes) -> None:
        if self._told and self._pending:
            self._told.write(self._pending)
            self._told.flush()
        self._pending = ""
        self._out.write(piece)
