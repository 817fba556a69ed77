from __future__ import annotations

import pytest

from tampu.paste.equals import cascade, urlmap
from tests.paste.equals.ask import Apps, ask, echo, saying

PLACES = {
    "/": "root",
    "/blog": "blog",
    "/blog/admin/": "admin",
    "domain shop.example.org /": "shop",
    "domain shop.example.org port 8080 /cart": "cart",
    "http://news.example.org/today": "today",
}
ASKED: tuple[tuple[str, dict[str, str], bytes], ...] = (
    ("/", {}, b"root"),
    ("/other", {}, b"root"),
    ("/blog", {}, b"blog"),
    ("/blogs", {}, b"root"),
    ("/blog/x", {}, b"blog"),
    ("/blog/admin", {}, b"admin"),
    ("/x", {"HTTP_HOST": "shop.example.org"}, b"shop"),
    ("/cart", {"HTTP_HOST": "SHOP.example.org:8080"}, b"cart"),
    ("/cart", {"HTTP_HOST": "shop.example.org"}, b"shop"),
    ("/today/x", {"HTTP_HOST": "news.example.org"}, b"today"),
    ("/x", {"HTTP_HOST": "news.example.org"}, b"root"),
)


@pytest.mark.parametrize(("path", "more", "expected"), ASKED)
def test_the_most_exact_place_answers(path: str, more: dict[str, str], expected: bytes) -> None:
    apps = Apps(**{name: saying(body=name.encode()) for name in PLACES.values()})

    assert expected == ask(urlmap.make_app(apps, {}, **PLACES), path, b"", "", **more).body


def test_an_app_knows_below_which_place_it_is() -> None:
    app = urlmap.make_app(Apps(echo=echo), {}, **{"/a/b": "echo"})

    assert ask(app, "/a/b/c", b"sent").body == b"/a/b /c sent"
    assert ask(app, "/a/b").body == b"/a/b  "
    assert ask(app, "/a").status == "404 Not Found"


def test_another_app_may_answer_for_what_is_not_there() -> None:
    app = urlmap.make_app(Apps(a=echo, lost=saying("404 Not Found", b"lost")), {}, not_found_app="lost", **{"/a": "a"})

    assert ask(app, "/b").body == b"lost"


@pytest.mark.parametrize("text", ["domain", "/a /b", "port", "domain a domain b /"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no place for an app"):
        urlmap.make_app(Apps(a=echo), {}, **{text: "a"})


def test_the_first_app_that_has_an_answer_gives_it() -> None:
    apps = Apps(lost=saying("404 Not Found"), down=saying("503 Service Unavailable"), echo=echo)

    assert ask(cascade.make_app(apps, {}, app1="lost", app2="echo"), "/x").body == b" /x "
    assert ask(cascade.make_app(apps, {}, app1="down", app2="echo")).status == "503 Service Unavailable"
    assert ask(cascade.make_app(apps, {}, catch="404, 503", app1="down", app2="lost", app3="echo")).status == "200 OK"
    assert ask(cascade.make_app(apps, {}, app2="lost", app1="down", catch="404 503")).status == "404 Not Found"


def test_what_one_app_has_read_the_next_one_reads_too() -> None:
    def greedy(environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]

    app = cascade.make_app(Apps(greedy=greedy, echo=echo), {}, app1="greedy", app2="greedy", app3="echo")

    assert ask(app, "/", b"x" * 300_000).body == b" / " + b"x" * 300_000


def test_names_in_a_cascade_begin_with_app() -> None:
    with pytest.raises(ValueError, match="'first' is no name of an app"):
        cascade.make_app(Apps(a=echo), {}, first="a")
