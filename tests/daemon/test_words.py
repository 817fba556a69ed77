from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import words
from tampu.daemon.wish import UNLIMITED, Answering, Backoff, Executed, Existing, Lasting, Limit, Notified

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.daemon.wish import Ready

HERE = Path("/srv/app")
READY = (
    ("notify", Notified()),
    ("port:8000", Answering(port=8000)),
    ("file:run/up", Existing(path=HERE / "run/up")),
    ("file:/run/up", Existing(path=Path("/run/up"))),
    ("after:2.5", Lasting(seconds=2.5)),
)
BACKOFFS = (
    ("2", Backoff(first=2, most=60)),
    ("0.1:5", Backoff(first=0.1, most=5)),
    ("1:60:10", Backoff(first=1, most=60, tries=10)),
    ("90", Backoff(first=90, most=90)),
)
LIMITS = (
    ("nofile=1024", Limit(name="nofile", soft=1024, hard=1024)),
    ("nofile=1024:4096", Limit(name="nofile", soft=1024, hard=4096)),
    ("core=0:unlimited", Limit(name="core", soft=0, hard=UNLIMITED)),
)
BAD: tuple[tuple[str, Callable[[], object]], ...] = (
    *((f"ready {text}", lambda text=text: words.ready(text, HERE)) for text in ("", "port", "port:0", "port:65536")),
    *(
        (f"ready {text}", lambda text=text: words.ready(text, HERE))
        for text in ("port:-1", "file:", "after:-1", "soon")
    ),
    *((f"seconds {text}", lambda text=text: words.seconds("--x", text)) for text in ("", "-1", "1e9", "ten", "inf")),
    *((f"count {text}", lambda text=text: words.count("--x", text)) for text in ("", "-1", "1.5", "²", "1000000")),
    *((f"size {text}", lambda text=text: words.size("--x", text)) for text in ("", "0", "0M", "M", "-1K", "10T")),
    *((f"umask {text}", lambda text=text: words.umask(text)) for text in ("", "8", "7777", "o22", "-22")),
    *((f"limit {text}", lambda text=text: words.limit(text)) for text in ("nofile", "nofile=", "files=1", "nofile=-1")),
    *((f"limit {text}", lambda text=text: words.limit(text)) for text in ("nofile=1:x", f"nofile={1 << 63}")),
    *((f"backoff {text}", lambda text=text: words.backoff(text)) for text in ("", "x", "1:x", "1:2:x", ":5")),
    *(
        (f"variable {text}", lambda text=text: words.variable("--env", text))
        for text in ("", "A", "1A=b", "=b", "A=\0")
    ),
)


@pytest.mark.parametrize(("text", "ready"), READY)
def test_what_makes_it_ready(text: str, ready: Ready) -> None:
    assert ready == words.ready(text, HERE)
    assert ready == words.read_ready(words.of_ready(ready))


def test_without_a_word_it_is_ready_when_it_was_executed() -> None:
    assert Executed() == words.read_ready(words.of_ready(Executed()))


@pytest.mark.parametrize(("text", "backoff"), BACKOFFS)
def test_pauses_between_starts(text: str, backoff: Backoff) -> None:
    assert backoff == words.backoff(text) == words.backoff(words.of_backoff(backoff))


@pytest.mark.parametrize(("text", "limit"), LIMITS)
def test_limits(text: str, limit: Limit) -> None:
    assert limit == words.limit(text) == words.limit(words.of_limit(limit))


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("1k", 1024), ("10M", 10 << 20), ("10MB", 10 << 20), ("2G", 2 << 30)]
)
def test_sizes(text: str, size: int) -> None:
    assert size == words.size("--log-max", text)


def test_numbers() -> None:
    assert (0.5, 5, 0o077) == (words.seconds("--timeout", "0.5"), words.count("--log-keep", "5"), words.umask("077"))


@pytest.mark.parametrize(("name", "read"), BAD, ids=[name for name, _ in BAD])
def test_what_can_not_be_is_an_error_that_shows_it(name: str, read: Callable[[], object]) -> None:
    with pytest.raises(words.BadValue) as error:
        read()

    assert f"Found:    {name.partition(' ')[2]}" in error.value.advice


def test_a_file_of_variables(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\n\nA=1\nexport B=two words\nC='quoted'\nD=\"x=y\"\nE=\n")

    assert {"A": "1", "B": "two words", "C": "quoted", "D": "x=y", "E": ""} == words.variables(file)


@pytest.mark.parametrize("content", [b"A\n", b"\xff=1\n", None])
def test_a_file_without_variables_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "env"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(words.BadValue, match="--env-file"):
        words.variables(file)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: words.limit(f"nofile={'9' * 5000}"),
        lambda: words.backoff(f"1:2:{'9' * 5000}"),
        lambda: words.ready(f"port:{'9' * 5000}", HERE),
    ],
)
def test_numbers_that_python_itself_refuses(ask: Callable[[], object]) -> None:
    with pytest.raises(words.BadValue):
        ask()


def test_what_was_said_is_told_in_one_line() -> None:
    with pytest.raises(words.BadValue) as caught:
        words.umask("0\n0")
    assert "Found:    0\\n0\n" in caught.value.advice
