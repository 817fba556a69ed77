"""A host that says whatever it likes."""

from __future__ import annotations

import hashlib
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.remote.links.wire import LAST, Frames, Kind, blob, frame, piece, said
from tampu.remote.runs.running import NoRun
from tampu.remote.runs.watch import Ends, Outcome, Watch
from tampu.remote.stores import store
from tampu.remote.stores.asking import CHANNEL
from tests.kit import stored
from tests.kit.remotes import Said, heard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tampu.remote.links.link import Link

ODD = ("..", ".", "", "a", "b", "\0", "~", "out", "/etc/passwd", "x" * 300)
PATHS = st.one_of(st.lists(st.sampled_from(ODD), max_size=4).map("/".join), st.integers(), st.none())
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), PATHS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
WORDS = st.dictionaries(
    st.sampled_from(("files", "removed", "left", "pythons", "ready", "shas", "error", "lied", "full")), ANYTHING
)
KINDS = st.sampled_from((Kind.HAS, Kind.LACKS, Kind.FAULT, Kind.DONE, Kind.CHANGED, Kind.PYTHONS, Kind.BLOB))
DATA = b"what came"
SHA = hashlib.sha256(DATA).hexdigest()


class Liar:
    """The end of a link to it: for each frame that is sent there, something comes back."""

    name = "liar"

    def __init__(self, answers: list[bytes]) -> None:
        self.host = SimpleNamespace(name="liar")
        self.waiting = 0
        self._answers = answers

    def send(self, message: bytes) -> None:
        """It doesn't listen."""

    def stay(self) -> None:
        """It has all the time."""

    def wait(self) -> None:
        """Something has come, but at the end."""
        if not self._answers:
            raise TampuError(title="nothing more", found="nothing", expected="more", todo="")

    def frames(self) -> Iterator[tuple[int, int, bytes]]:
        while self._answers:
            yield from Frames().feed(self._answers.pop(0))


def link(*answers: bytes) -> Link:
    return cast("Link", Liar(list(answers)))


ASK: tuple[Callable[[Link], object], ...] = (
    lambda link: store.changed(link, "f00"),
    lambda link: store.remove(link, "all"),
    store.used,
    store.pythons,
    lambda link: store.ready(link, "trees", "f00"),
)


@pytest.mark.parametrize("ask", ASK)
@given(kind=KINDS, told=st.one_of(WORDS, ANYTHING))
def test_no_answer_is_more_than_refused(ask: Callable[[Link], object], kind: int, told: object) -> None:
    with suppress(TampuError):
        ask(link(frame(kind, CHANNEL, json.dumps(told).encode())))


@given(paths=st.lists(st.tuples(PATHS, st.sampled_from((SHA, "", "0" * 64))), max_size=4))
def test_nothing_is_written_outside(paths: list[tuple[object, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "deep", "into")
        (into / "b").mkdir(parents=True)
        (into / "out").symlink_to(folder)
        told = [[path, sha, len(DATA), 0o7777] for path, sha in paths]
        answers = [frame(Kind.CHANGED, CHANNEL, json.dumps({"files": told}).encode())]
        liar = link(*answers, *(blob(CHANNEL, "00" * 32, LAST, DATA) for _ in told))
        with suppress(TampuError, OSError):
            store.fetch(liar, "f00", store.changed(liar, "f00"), into)

        assert ["deep"] == [path.name for path in Path(folder).iterdir()]
        assert ["into"] == [path.name for path in Path(folder, "deep").iterdir()]
        for path in into.rglob("*"):
            assert (
                path.is_symlink() or path.is_dir() or (DATA, 0o777) == (path.read_bytes(), path.stat().st_mode & 0o7777)
            )


@given(answers=st.lists(st.tuples(KINDS, st.one_of(WORDS, ANYTHING)), max_size=4))
def test_whatever_is_said_of_what_is_brought(answers: list[tuple[int, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = stored.code(Path(folder), {"main.py": b"1\n"})
        said = [frame(kind, CHANNEL, json.dumps(told).encode()) for kind, told in answers]
        with suppress(TampuError):
            store.provide(link(*said), tree, stored.quiet)
        assert b"1\n" == (Path(folder) / "main.py").read_bytes()


@pytest.mark.parametrize("told", [{"signal": "9"}, {"code": 2.5}, {"code": []}, {"error": 3}, {"lost": "no"}])
def test_an_end_of_a_run_of_another_kind(told: dict[str, object]) -> None:
    watch = Watch(link(), {"id": "run1"}, Ends(stdin=None), None)

    with pytest.raises(NoRun, match="run1"):
        watch.hear(Kind.EXIT, json.dumps(told).encode())
    assert watch.outcome is None


def test_a_run_that_is_left_to_itself_is_left_though_it_has_ended_already() -> None:
    come = said(Kind.STARTED, 1), piece(Kind.OUT, 1, 0, b"done\n"), said(Kind.EXIT, 1, code=3)

    def leave(ends: Ends) -> Outcome:
        watch = Watch(link(), {"id": "run1", "detached": True}, ends, None)
        for kind, _, body in Frames().feed(b"".join(come)):
            watch.hear(kind, body)
        return cast("Outcome", watch.outcome)

    assert Said(outcome=Outcome(name="run1", running=True), out=b"", err=b"") == heard(leave)
