"""What is shown where an app can't be loaded."""

from __future__ import annotations

from typing import Any

from tampu.errors import TampuError
from tampu.paste.reload.failure import Page, text_of


class Broken(TampuError):
    reason = "test::broken"


def test_an_error_of_ours_is_shown_as_it_is() -> None:
    error = Broken(title="It is broken", found="nothing", expected="all", todo="")
    assert error.as_text() == text_of(error)


def test_causes_are_shown_and_circles_of_them_end() -> None:
    one, other = ValueError("one"), TypeError("other")
    one.__cause__, other.__cause__ = other, one
    assert ("ValueError: one" in text_of(one), "TypeError: other" in text_of(one)) == (True, True)


def test_a_page_is_text_and_never_markup() -> None:
    answers: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]]) -> Any:  # noqa: ANN401
        answers.append((status, headers))

    page = Page("Traceback\n  <b>&amp;\nValueError: <script>\udcff</script>\n")
    body = b"".join(page({"REQUEST_METHOD": "GET"}, start_response)).decode()
    assert "500 Internal Server Error" == answers[0][0]
    assert ("Content-Length", str(len(body.encode()))) in answers[0][1]
    assert "<strong>ValueError: &lt;script&gt;" in body
    assert "  &lt;b&gt;&amp;amp;" in body
    assert [] == list(page({"REQUEST_METHOD": "HEAD"}, start_response))


def test_a_page_about_nothing_is_a_page() -> None:
    assert b"can't be loaded" in b"".join(Page("")({}, lambda *_: None))
