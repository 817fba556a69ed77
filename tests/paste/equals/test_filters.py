from __future__ import annotations

import gzip
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from tampu.paste.equals import documents, failing, gzipping, httpexceptions, lint, static, testing, translogger
from tests.paste.equals.ask import ask, echo, saying

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LONG = b"hello " * 1000


def boom(_environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
    raise LookupError("<boom>")


class Found(Exception):
    code = 302

    def __call__(self, _environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
        start_response("302 Found", [("Location", "/x"), ("Content-Type", "text/plain")])
        return [b""]


def raising(_environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
    raise Found


def test_long_answers_are_made_short_for_those_who_understand() -> None:
    app = gzipping.make_filter(saying(body=LONG), {})
    told = ask(app, HTTP_ACCEPT_ENCODING="gzip, br")

    assert (LONG, "gzip") == (gzip.decompress(told.body), told.headers["Content-Encoding"])
    assert told.headers["Content-Length"] == str(len(told.body))
    assert ask(app).body == LONG


@pytest.mark.parametrize(
    ("status", "kind"), [("404 Not Found", "text/plain"), ("200 OK", "image/png"), ("200 OK", "application/zip")]
)
def test_some_answers_are_left_as_they_are(status: str, kind: str) -> None:
    app = gzipping.make_filter(saying(status, LONG, kind), {})

    assert ask(app, HTTP_ACCEPT_ENCODING="gzip").body == LONG


def test_errors_that_are_answers_are_answered() -> None:
    assert ask(httpexceptions.make_filter(raising)).headers["Location"] == "/x"
    with pytest.raises(LookupError):
        ask(httpexceptions.make_filter(boom))
    with pytest.raises(Found):
        ask(httpexceptions.make_filter(raising, {}, warning_level="300"))


def test_errors_are_kept_for_the_log_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    kept, shown = ask(failing.keep(boom, {})), ask(failing.show(boom, {}))

    assert ("500 Internal Server Error", False) == (kept.status, b"boom" in kept.body)
    assert ("500 Internal Server Error", True) == (shown.status, b"LookupError: &lt;boom&gt;" in shown.body)
    assert b"boom" in ask(failing.keep(boom, {"debug": "true"})).body
    assert b"boom" not in ask(failing.keep(boom, {"debug": "true"}, debug="false")).body
    assert ask(failing.show(echo)).status == "200 OK"
    assert "LookupError: <boom>" in caplog.text


def test_errors_have_pages_of_the_app() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI's
        lost = environ["PATH_INFO"] != "/sorry"
        start_response("404 Not Found" if lost else "200 OK", [("Content-Type", "text/plain")])
        return [b"lost" if lost else f"sorry {environ['QUERY_STRING']}".encode()]

    told = ask(documents.make_filter(app, {}, **{"404": "/sorry?a=b"}), "/x", b"sent")

    assert ("404 Not Found", b"sorry a=b") == (told.status, told.body)
    assert ask(documents.make_filter(app, {}, **{"500": "/sorry"})).body == b"lost"
    with pytest.raises(ValueError, match="'x' is no status"):
        documents.make_filter(app, {}, x="/sorry")


def test_requests_are_logged_as_apache_does(caplog: pytest.LogCaptureFixture) -> None:
    app = translogger.make_filter(saying(), {}, logger_name="of this test", setup_console_handler="false")
    with caplog.at_level(logging.INFO, "of this test"):
        ask(app, "/a b?c=d", HTTP_USER_AGENT="browser", HTTP_X_FORWARDED_FOR="192.0.2.9")

    assert caplog.messages[0].startswith("192.0.2.9 - - [")
    assert caplog.messages[0].endswith('"GET /a%20b?c=d HTTP/1.0" 200 - "-" "browser"')
    with pytest.raises(ValueError, match="'LOUD' is no level"):
        translogger.make_filter(saying(), {}, logging_level="LOUD")


def test_wsgi_is_checked() -> None:
    with pytest.raises(AssertionError):
        ask(lint.make_filter(saying(status="OK"), {}))


def test_an_app_tells_what_it_was_asked() -> None:
    assert b"<th>PATH_INFO</th><td>&#x27;/&lt;x&gt;&#x27;</td>" in ask(testing.make_app({}), "/<x>").body
    assert b"PATH_INFO: '/<x>'" in ask(testing.make_app({}, text="true"), "/<x>").body
    with pytest.raises(testing.OnRequest):
        ask(testing.make_app({}), "/?error=true")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "htdocs"
    (made / "sub").mkdir(parents=True)
    (made / "index.html").write_text("<h1>Home</h1>")
    (made / "sub" / "index.html").write_text("sub")
    (made / "a b.txt").write_text("hello")
    (tmp_path / "secret").write_text("secret")
    (made / "way-out").symlink_to(tmp_path / "secret")
    return made


def test_files_of_a_folder(folder: Path) -> None:
    app = static.make_app({}, str(folder), cache_max_age="60")
    home = ask(app, "/")

    assert (b"<h1>Home</h1>", "text/html") == (home.body, home.headers["Content-Type"])
    assert home.headers["Cache-Control"] == "max-age=60"
    assert ask(app, "/a b.txt").body == b"hello"
    assert ask(app, "/sub/").body == b"sub"
    assert ask(app, "/sub").headers["Location"].endswith("/sub/")
    assert (b"", "5") == ((head := ask(app, "/a b.txt", method="HEAD")).body, head.headers["Content-Length"])
    assert ask(app, "/a b.txt", method="DELETE").status == "405 Method Not Allowed"


@pytest.mark.parametrize(
    "path", ["/../secret", "/sub/../../secret", "/way-out", "/none", "/a b.txt/", "//etc/passwd", "/\0"]
)
def test_nothing_else_is_to_be_had(path: str, folder: Path) -> None:
    told = ask(static.make_app({}, str(folder)), path)

    assert b"secret" not in told.body
    assert b"root" not in told.body


def test_what_is_known_is_not_sent_again(folder: Path) -> None:
    app = static.make_app({}, str(folder))
    first = ask(app, "/a b.txt")
    os.utime(folder / "a b.txt", (1e9, 1e9))
    changed = ask(app, "/a b.txt")

    assert ask(app, "/a b.txt", HTTP_IF_NONE_MATCH=changed.headers["ETag"]).status == "304 Not Modified"
    assert ask(app, "/a b.txt", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status == "200 OK"
    assert ask(app, "/a b.txt", HTTP_IF_MODIFIED_SINCE=changed.headers["Last-Modified"]).status == "304 Not Modified"
    assert ask(app, "/a b.txt", HTTP_IF_MODIFIED_SINCE="Sat, 01 Jan 2000 00:00:00 GMT").status == "200 OK"
    assert ask(app, "/a b.txt", HTTP_IF_MODIFIED_SINCE="yesterday").status == "200 OK"
