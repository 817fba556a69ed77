"""What front ends call a path, and where an app finds itself."""

from __future__ import annotations

import pytest

from tampu.paste.protocols.environ import completed, scheme
from tampu.paste.protocols.wire import Malformed

# What nginx's own lists of parameters say of /sub/a b?x=1.
NGINX_SCGI = {"REQUEST_URI": "/sub/a%20b?x=1", "DOCUMENT_URI": "/sub/a b", "QUERY_STRING": "x=1"}
NGINX_FASTCGI = {**NGINX_SCGI, "SCRIPT_NAME": "/sub/a b"}
MOUNTED = {"REQUEST_URI": "/sub/a%20b?x=1", "SCRIPT_NAME": "/sub", "PATH_INFO": "/a b"}
BY_URI = {"REQUEST_URI": "/sub/a%20b?x=1"}
PLACES: tuple[tuple[dict[str, str], str | None, str, str], ...] = (
    (NGINX_SCGI, None, "", "/sub/a b"),
    (NGINX_FASTCGI, None, "", "/sub/a b"),
    (NGINX_SCGI, "/sub", "/sub", "/a b"),
    (NGINX_FASTCGI, "/sub/", "/sub", "/a b"),
    (MOUNTED, None, "/sub", "/a b"),
    (MOUNTED, "", "", "/sub/a b"),
    (BY_URI, None, "", "/sub/a b"),
    (BY_URI, "", "", "/sub/a b"),
    (BY_URI, "/sub", "/sub", "/a b"),
    (BY_URI, "/su", "", "/sub/a b"),
    ({**BY_URI, "SCRIPT_NAME": "/sub"}, None, "/sub", "/a b"),
    ({"REQUEST_URI": "/app.fcgi", "SCRIPT_NAME": "/app.fcgi"}, None, "/app.fcgi", ""),
    ({"REQUEST_URI": "http://example.org/sub/x"}, None, "", "/sub/x"),
    ({"REQUEST_URI": "*"}, None, "", "*"),
    ({}, None, "", "/"),
)


@pytest.mark.parametrize(("said", "option", "script", "path"), PLACES)
def test_an_app_knows_where_it_is(said: dict[str, str], option: str | None, script: str, path: str) -> None:
    found = completed({"REQUEST_METHOD": "GET", **said}, option)

    assert (script, path) == (found["SCRIPT_NAME"], found["PATH_INFO"])


def test_a_query_is_taken_from_the_address_where_nothing_else_says_it() -> None:
    found = completed({"REQUEST_METHOD": "GET", "REQUEST_URI": "/a?b=c?d", "QUERY_STRING": ""}, None)

    assert found["QUERY_STRING"] == "b=c?d"


def test_bytes_of_a_path_are_kept() -> None:
    found = completed({"REQUEST_METHOD": "GET", "REQUEST_URI": "/%C3%A9%FF"}, None)

    assert found["PATH_INFO"].encode("latin-1") == b"/\xc3\xa9\xff"


def test_what_every_app_may_rely_on_is_there() -> None:
    found = completed({"REQUEST_METHOD": "GET"}, None)

    assert (found["SERVER_NAME"], found["SERVER_PORT"], found["SERVER_PROTOCOL"]) == ("localhost", "80", "HTTP/1.0")


def test_a_request_has_a_method() -> None:
    with pytest.raises(Malformed):
        completed({"REQUEST_URI": "/"}, None)


@pytest.mark.parametrize(("said", "found"), [("on", "https"), ("1", "https"), ("off", "http"), ("", "http")])
def test_front_ends_say_that_it_is_https(said: str, found: str) -> None:
    assert found == scheme({"HTTPS": said})
