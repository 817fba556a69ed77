"""What is added to pages, and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from tampu.paste.reload.refresh import Refreshed, script

if TYPE_CHECKING:
    from collections.abc import Iterable

ADDED = "<script>more</script>"
PAGE = b"<p>page</p>"
HTML = ("Content-Type", "text/html; charset=utf-8")
LENGTH = ("Content-Length", str(len(PAGE)))


def called(
    body: Iterable[bytes], *headers: tuple[str, str], status: str = "200 OK", method: str = "GET"
) -> tuple[list[tuple[str, str]], list[bytes]]:
    """What a server sees, headers and pieces, while WSGI's own rules are held."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    seen: list[list[tuple[str, str]]] = []
    pieces: list[bytes] = []

    def start_response(_status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:  # noqa: ANN401
        seen.append(headers)
        return pieces.append

    def app(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # noqa: ANN401
        start(status, list(headers))
        return body

    answer = validator(Refreshed(app, ADDED))(environ, start_response)
    try:
        pieces += list(answer)
    finally:
        answer.close()  # type: ignore[attr-defined]
    return seen[0], pieces


def test_a_page_gets_its_script_and_says_so_in_its_length() -> None:
    headers, pieces = called([PAGE], HTML, LENGTH, ("ETag", '"1"'), ("X-Other", "stays"))
    assert [HTML, ("Content-Length", str(len(PAGE) + len(ADDED))), ("X-Other", "stays")] == headers
    assert [PAGE, ADDED.encode()] == pieces


def test_a_page_that_streams_goes_on_streaming() -> None:
    assert ([HTML], [b"one", b"two", ADDED.encode()]) == called(iter([b"one", b"two"]), HTML)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("Content-Type", "application/json"), LENGTH, ("ETag", '"1"')], "200 OK"),
        ([HTML, LENGTH, ("Content-Encoding", "gzip")], "200 OK"),
        ([HTML, LENGTH, ("Content-Range", "bytes 0-10/99")], "206 Partial Content"),
    ],
)
def test_what_is_no_page_or_packed_or_a_part_stays_as_it_is(headers: list[tuple[str, str]], status: str) -> None:
    assert (headers, [PAGE]) == called([PAGE], *headers, status=status)


def test_what_has_no_body_gets_none() -> None:
    assert ([("ETag", '"1"')], []) == called([], ("ETag", '"1"'), status="304 Not Modified")
    headers, pieces = called([], HTML, LENGTH, method="HEAD")
    assert ([HTML, ("Content-Length", str(len(PAGE) + len(ADDED)))], []) == (headers, pieces)


def test_who_starts_late_is_waited_for() -> None:
    closed = []

    class Late:
        def __init__(self, start: Any) -> None:  # noqa: ANN401
            self._start = start

        def __iter__(self) -> Any:  # noqa: ANN401
            self._start("200 OK", [HTML])
            yield PAGE

        def close(self) -> None:
            closed.append(True)

    body = Refreshed(lambda _environ, start: Late(start), ADDED)({}, lambda *_: lambda _: None)
    assert [PAGE, ADDED.encode()] == list(body)
    body.close()  # type: ignore[attr-defined]
    assert [True] == closed


def test_what_else_an_app_has_is_there_still() -> None:
    class App:
        name = "guide"

    assert "guide" == Refreshed(App(), ADDED).name


def test_the_script_knows_whom_to_ask() -> None:
    text = script("http://127.0.0.1:1/token", "run-2")
    assert ("run-2" in text, 'EventSource("http://127.0.0.1:1/token")' in text) == (True, True)
