"""Texts and bytes that anybody may have written, and what must hold whatever they are."""

from __future__ import annotations

import os
import time
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, settings

from tampu.errors import TampuError
from tampu.world.console import ALERT, PlainConsole
from tests.kit import quick
from tests.kit.drawn import QUICK, st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import SearchStrategy

    Test = TypeVar("Test", bound=Callable[..., None])

T = TypeVar("T")
V = TypeVar("V")
TESTS = Path(__file__).parents[1]
# As many as the suite has time for; tests/fuzz/full asks for more.
CASES = int(os.environ.get("TAMPU_CASES", "25"))
# Of the processor's time: a busy machine is no failure.
SECONDS = 5.0
WIDEST_LINE = 100
# With an address or a path, which is told whole.
WIDEST = 500
MOST_LINES = 60
HOSTILE = (
    *("\n", "\r", "\r\n", "\t", "\0", "\x0b", "\x0c", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u202e", "\xa0", "\ufeff"),
    *("\ud800", "\udce9", "é", "\U0001f98a", "'", '"', "`", "\\", "$(id)", "${HOME}", ";", "|", "&", "#", "%", "%(x)s"),
    *("../", "..", "/", "//", "/etc/passwd", "~", "~root", "-", "--", "=", ":", "://", "@", "[", "]", "{", "}", "*"),
    *("é" * 200, "9" * 5000, "((((" * 500, "x" * 300, " ", "     "),
)


def fuzz(test: Test) -> Test:
    """The one test of a reader."""
    return share(1)(test)


def share(part: float) -> Callable[[Test], Test]:
    """One test of several of a reader, and its part of the reader's cases in a full run."""
    if not QUICK:
        return settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))

    return lambda test: quick.every_case(test, round(CASES * part))


def texts(*pieces: str, examples: Iterable[str] = ()) -> SearchStrategy[str]:
    """Any text; one of a grammar's own pieces, among hostile ones; a real one, changed; and one that goes on and on."""
    known = st.sampled_from((*pieces, *pieces, *HOSTILE)) if pieces else st.sampled_from(HOSTILE)
    some = (st.text(), *[st.lists(known | st.text(max_size=4), max_size=12).map("".join)] * 4, _endless(known))
    real = tuple(examples)
    return st.one_of(*some, *([_changed(st.sampled_from(real), known)] * 4 if real else []))


def _endless(known: SearchStrategy[str]) -> SearchStrategy[str]:
    most = 4000
    return st.builds(
        lambda head, piece, times, tail: head + (piece * times)[:most] + tail,
        *(known, known, st.integers(2, 4000), known),
    )


def _changed(real: SearchStrategy[V], known: SearchStrategy[V]) -> SearchStrategy[V]:
    edits = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 12), known), max_size=5)
    return st.builds(_edited, real, edits)


def _edited(whole, edits):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - of texts as of bytes
    for at, away, new in edits:
        place = at % (len(whole) + 1)
        whole = whole[:place] + new + whole[place + away :]
    return whole


def changed_bytes(*real: bytes) -> SearchStrategy[bytes]:
    return st.binary() | _changed(st.sampled_from(real), st.binary(max_size=4))


def saved(written: SearchStrategy[str]) -> SearchStrategy[bytes]:
    """Files with these texts, as editors of all kinds leave them."""
    codecs = st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"))
    return st.builds(_encoded, written, codecs) | st.binary()


def _encoded(text: str, codec: str) -> bytes:
    return text.encode(codec, "replace" if codec == "latin-1" else "surrogatepass")


def documents(keys: Iterable[str], leaves: SearchStrategy[object]) -> SearchStrategy[dict[str, object]]:
    """Objects of a lock or a config: its own keys, with anything below them."""
    names = st.sampled_from(tuple(keys))
    value = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(names | st.sampled_from(HOSTILE), inner, max_size=4)
        ),
        max_leaves=10,
    )
    return st.dictionaries(names, value, max_size=6)


@cache
def _made(name: str) -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix=name)


def desk(name: str) -> Path:
    """A folder for all cases of a kind: one anew for each takes longer than most readers."""
    return Path(_made(name).name)


def outcome(read: Callable[[], T], widest: int = WIDEST_LINE) -> T | TampuError:
    """What it gives, or an error of ours that people can read; within a bounded time."""
    began = time.process_time()
    try:
        found: T | TampuError = read()
    except TampuError as error:
        found = error
    took = time.process_time() - began
    assert took < SECONDS, f"{took:.0f} s"
    if isinstance(found, TampuError):
        wrong = faults(found, widest)
        assert not wrong, "; ".join(wrong)
    return found


def faults(error: TampuError, widest: int) -> list[str]:
    """What is wrong with the text of an error, with which a terminal and a person have to cope."""
    screen = StringIO()
    PlainConsole(err=screen).error(error)
    text = screen.getvalue().replace(ALERT, "")
    lines = text.removesuffix("\n").split("\n")
    whole = "".join(lines)
    odd = "" if whole.isprintable() else "".join(sorted({char for char in whole if not char.isprintable()}))
    told = (
        ("a title of several lines", "\n" in error.title),
        (f"odd characters {odd!r}", bool(odd)),
        ("no Found:", "Found:" not in error.advice),
        ("no Expected:", "Expected:" not in error.advice),
        (f"{len(lines)} lines", len(lines) > MOST_LINES),
        (f"a line of {max(map(len, lines))}", max(map(len, lines)) > widest),
    )
    return [f"{type(error).__name__}: {what}" for what, wrong in told if wrong]


def is_one_line(text: str) -> bool:
    """Whether a reader of lines, whichever it is, sees one, without anything in it that ends a text."""
    return len(text.splitlines()) <= 1 and not text.endswith(("\n", "\r")) and "\0" not in text
