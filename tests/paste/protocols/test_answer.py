"""The rules of WSGI, kept by whoever answers for an app."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from tampu.paste.protocols.answering import Manner, answer
from tampu.paste.protocols.wire import Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tampu.paste.protocols.exchange import Headers

    App = Callable[..., Iterable[bytes]]
    StartResponse = Callable[..., Callable[[bytes], None]]

OK = "200 OK"


class Told:
    """An exchange without any connection: what is said to it is kept."""

    says_whether = True

    def __init__(self, method: str = "GET", body: bytes = b"", gone_after: int = -1) -> None:
        self.environ = {"REQUEST_METHOD": method, "REQUEST_URI": "/"}
        self.goes_on = True
        self.status = ""
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.ended = 0
        self.complaints = io.StringIO()
        self._body = io.BytesIO(body)
        self._gone_after = gone_after

    def more(self, most: int) -> bytes:
        return self._body.read(min(most, 7))

    def errors(self) -> TextIO:
        return self.complaints

    def begin(self, status: str, headers: Headers) -> None:
        self.status, self.headers = status, dict(headers)

    def write(self, data: bytes) -> None:
        if len(self.pieces) == self._gone_after:
            raise Gone("closed")
        self.pieces.append(data)

    def end(self) -> None:
        self.ended += 1

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def ask(app: App, told: Told) -> bool:
    return answer(told, Manner(app=app, keeps=lambda: True))


def saying(
    *pieces: bytes, status: str = OK, headers: Headers = ()
) -> Callable[[dict[str, Any], StartResponse], Iterator[bytes]]:
    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response(status, list(headers))
        yield from pieces

    return app


def test_pieces_go_out_as_they_come_and_empty_ones_do_not() -> None:
    told = Told()

    assert ask(saying(b"a", b"", b"bc"), told)
    assert ([b"a", b"bc"], 1, OK) == (told.pieces, told.ended, told.status)


def test_a_list_of_one_has_its_length_said() -> None:
    told = Told()

    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response(OK, [("Content-Type", "text/plain")])
        return [b"hello"]

    assert ask(app, told)
    assert ("5", b"hello") == (told.headers["Content-Length"], told.body)


@pytest.mark.parametrize(("method", "status"), [("HEAD", OK), ("GET", "304 Not Modified"), ("GET", "204 No Content")])
def test_some_answers_have_no_body(method: str, status: str) -> None:
    told = Told(method)

    assert ask(saying(b"hello", status=status, headers=[("X-One", "1")]), told)
    assert ([], {"X-One": "1"}, 1) == (told.pieces, told.headers, told.ended)


def test_the_length_of_what_head_would_have_is_kept() -> None:
    told = Told("HEAD")

    assert ask(saying(headers=[("Content-Length", "12")]), told)
    assert told.headers == {"Content-Length": "12"}


def test_more_than_was_said_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()

    assert ask(saying(b"abc", b"def", headers=[("Content-Length", "4")]), told)
    assert told.body == b"abcd"
    assert "left out" in caplog.text


def test_less_than_was_said_is_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()

    assert not ask(saying(b"abc", headers=[("Content-Length", "4")]), told)
    assert told.ended == 0
    assert "1 bytes are missing" in caplog.text


def test_write_is_heard_before_what_is_returned() -> None:
    told = Told()

    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        write = start_response(OK, [])
        write(b"a")
        write(b"b")
        return [b"c"]

    assert ask(app, told)
    assert told.pieces == [b"a", b"b", b"c"]


def test_an_error_may_take_back_what_was_not_sent_yet() -> None:
    told = Told()

    def app(_environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response(OK, [("X-One", "1")])
        try:
            raise LookupError("no such page")
        except LookupError:
            start_response("404 Not Found", [], sys.exc_info())
        return [b"sorry"]

    assert ask(app, told)
    assert ("404 Not Found", b"sorry") == (told.status, told.body)


def test_an_error_after_the_head_was_sent_is_raised_once_more(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response(OK, [])
        yield b"half"
        try:
            raise LookupError("no such page")
        except LookupError:
            start_response("404 Not Found", [], sys.exc_info())

    assert not ask(app, told)
    assert (OK, b"half", 0) == (told.status, told.body, told.ended)
    assert "LookupError: no such page" in caplog.text


def broken(_environ: dict[str, Any], _start_response: StartResponse) -> Iterable[bytes]:
    raise SystemExit(3)


def silent(_environ: dict[str, Any], _start_response: StartResponse) -> Iterable[bytes]:
    return [b"no head"]


def twice(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response(OK, [])
    start_response(OK, [])
    return []


def text(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response(OK, [])
    return ["text"]  # type: ignore[list-item]


WRONG = (
    *(broken, silent, twice, text),
    saying(status="OK"),
    saying(status="100 Continue"),
    saying(status="200 OK\r\nX: y"),
    saying(headers=[("X-One", "1\r\nX-Two: 2")]),
    saying(headers=[("X One", "1")]),
    saying(headers=[("X-One", 1)]),  # type: ignore[list-item]
    saying(b"x", headers=[("Content-Length", "many")]),
)


@pytest.mark.parametrize("app", WRONG)
def test_an_app_that_fails_is_a_500(app: App, caplog: pytest.LogCaptureFixture) -> None:
    told = Told()

    assert ask(app, told)
    assert ("500 Internal Server Error", 1) == (told.status, told.ended)
    assert "GET / failed" in caplog.text


class Closing:
    def __init__(self, *pieces: bytes) -> None:
        self.closed = 0
        self._pieces = pieces

    def __call__(self, _environ: dict[str, Any], start_response: StartResponse) -> Closing:
        start_response(OK, [])
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("gone_after", [-1, 0, 1])
def test_what_an_app_returns_is_closed_also_when_nobody_waits(gone_after: int) -> None:
    app, told = Closing(b"a", b"b"), Told(gone_after=gone_after)

    assert ask(app, told) == (gone_after == -1)
    assert app.closed == 1


def test_what_is_sent_is_always_bytes_and_ends() -> None:
    told = Told("POST", b"first\nsecond\nthird")
    found: list[Any] = []

    def app(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        sent = environ["wsgi.input"]
        found.extend([sent.readline(), sent.read(3), list(sent), sent.read(), sent.read(5)])
        start_response(OK, [])
        return []

    assert ask(app, told)
    assert found == [b"first\n", b"sec", [b"ond\n", b"third"], b"", b""]


def test_headers_of_one_hop_are_none_of_an_apps_business() -> None:
    told = Told()

    assert ask(saying(b"x", headers=[("Transfer-Encoding", "chunked"), ("Connection", "close"), ("X-One", "1")]), told)
    assert told.headers == {"X-One": "1"}


def test_a_file_is_sent_in_pieces() -> None:
    told = Told()

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response(OK, [])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(b"abcde"), 2)
        return wrapped

    assert ask(app, told)
    assert told.pieces == [b"ab", b"cd", b"e"]


def test_nobody_is_kept_by_who_is_about_to_end() -> None:
    told = Told()

    answer(told, Manner(app=saying(b"x"), keeps=lambda: False))

    assert not told.goes_on
