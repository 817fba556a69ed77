"""Both ends of a link to another machine, and what is set about hosts: any frame is an answer or an end."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import pytest

from tampu.errors import TampuError
from tampu.remote import agent
from tampu.remote.call import conf
from tampu.remote.call.conf_values import KINDS
from tampu.remote.links.wire import MAGIC, BadFrame, Frames, Kind, blob_of, frame, placed, said, words
from tampu.remote.runs.watch import Ends, Lacks, Outcome, Watch
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, WIDEST, changed_bytes, desk, documents, fuzz, outcome, saved, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.remote.links.link import Link

# A hello may choose any folder for the store: it is said once, and by whoever may write there.
# Whoever asks for the Pythons says nothing else, and has each of the machine start.
NUMBERS = [value for name, value in vars(Kind).items() if name.isupper() and value not in {Kind.HELLO, Kind.PYTHONS}]
WORDS = (
    *("id", "store", "code", "signal", "error", "running", "lost", "taken", "lacks", "out", "err", "once", "stream"),
    *(
        "tree",
        "kind",
        "shas",
        "files",
        "links",
        "paths",
        "path",
        "name",
        "order",
        "seen",
        "size",
        "end",
        "days",
        "budget",
    ),
    *("environment", "python", "runs", "trees", "ready", "of", "within", "from", "to", "cwd", "env", "grace"),
)
LEAVES: st.SearchStrategy[object] = st.one_of(
    *(st.sampled_from(HOSTILE), st.text(max_size=5), st.integers(-1, 1 << 70), st.booleans(), st.none(), st.floats()),
    st.sampled_from(
        ["../../canary", "a" * 64, "0" * 64, "tree", "environment", "/etc/passwd", "..", "x/../../y", "run1"]
    ),
)
BODIES = st.one_of(
    documents(WORDS, LEAVES).map(lambda each: json.dumps(each).encode()),
    *(st.binary(max_size=40), st.just(b"[" * 50_000), st.just(b""), st.just(b'{"a":' * 5000)),
)
FRAMES = st.lists(st.tuples(st.sampled_from(NUMBERS) | st.integers(60, 255), st.integers(0, 5), BODIES), max_size=4)
HELLO = said(Kind.HELLO, agent=1, home="/root") + said(Kind.STARTED, 1, id="x") + frame(Kind.OUT, 1, bytes(8) + b"hi")
SETTINGS = (
    "{",
    "}",
    "(",
    ")",
    ":",
    ",",
    "'host'",
    '"x"',
    "[",
    "]",
    "#",
    "\n",
    "lambda: 1",
    "f'{x}'",
    "__import__('os')",
)


@fuzz
@given(data=changed_bytes(HELLO), cut=st.integers(0, 60))
def test_bytes_become_frames_or_are_none(data: bytes, cut: int) -> None:
    frames = Frames()
    try:
        for kind, channel, body in (*frames.feed(data[:cut]), *frames.feed(data[cut:])):
            assert frame(kind, channel, body) in data
    except BadFrame:
        return


@fuzz
@given(body=BODIES)
def test_a_body_is_read_or_refused(body: bytes) -> None:
    for read in (words, placed, blob_of):
        try:
            read(body)
        except BadFrame:  # noqa: PERF203
            continue


class Said:
    """A link from which nothing more comes."""

    name = "host"

    def send(self, message: bytes) -> None:
        """Nobody hears it."""


@fuzz
@given(frames=FRAMES, wish=st.sampled_from([{"id": "x"}, {"id": "x", "detached": True}, {"id": "x", "once": True}]))
def test_what_a_host_says_of_a_run(frames: list[tuple[int, int, bytes]], wish: dict[str, object]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    link = cast("Link", Said())
    watch = Watch(link, wish, Ends(stdin=None, stdout=nothing, stderr=nothing), None)
    try:
        for kind, _, body in frames:
            outcome(lambda kind=kind, body=body: watch.hear(kind, body))  # type: ignore[misc]
    except Lacks as lacks:
        "".join(word for each in lacks.missing for word in each)
    finally:
        os.close(nothing)
    if isinstance(watch.outcome, Outcome):
        assert isinstance(watch.outcome.exit_code, int)


class Host:
    """An agent in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.begin()

    def begin(self) -> None:
        (self.home / "canary").touch()
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        self.agent = subprocess.Popen(
            (sys.executable, "-I", "-S", "-c", agent.starter()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            cwd=self.home,
            bufsize=0,
        )
        self.frames = Frames()
        self.greeted = False
        self.tell(agent.packed() + said(Kind.HELLO, store="mine"))

    def tell(self, data: bytes) -> None:
        assert self.agent.stdin
        # One that has ended doesn't answer either.
        with suppress(BrokenPipeError):
            self.agent.stdin.write(data)

    def answers(self, channel: int) -> bool:
        """Whether it answers a ping on that channel, whatever else it says before."""
        assert self.agent.stdout
        held = b""
        while select.select([self.agent.stdout], [], [], 60)[0]:
            data = os.read(self.agent.stdout.fileno(), 1 << 16)
            if not data:
                return False
            held += data
            if not self.greeted:
                _, magic, held = held.partition(MAGIC)
                self.greeted = bool(magic)
            if (Kind.PONG, channel) in {(kind, at) for kind, at, _ in self.frames.feed(held)}:
                return True
            held = b""
        raise AssertionError("neither an answer nor an end")

    def end(self) -> str:
        assert self.agent.stdin
        assert self.agent.stderr
        assert self.agent.stdout
        self.agent.stdin.close()
        self.agent.wait(60)
        told = self.agent.stderr.read().decode(errors="replace")
        self.agent.stdout.close()
        self.agent.stderr.close()
        return told


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with TemporaryDirectory() as home:
        host = Host(Path(home))
        yield host
        assert "" == host.end()


@fuzz
@given(frames=FRAMES)
def test_what_a_client_says_to_a_host(host: Host, frames: list[tuple[int, int, bytes]]) -> None:
    host.tell(b"".join(frame(*each) for each in frames) + frame(Kind.PING, 77))

    if not host.answers(77):
        told = host.end()
        host.begin()
        assert "" == told
    assert {"canary", "mine"} >= {path.name for path in host.home.iterdir()}
    assert (host.home / "canary").is_file()


@fuzz
@given(
    data=saved(texts(*SETTINGS, *KINDS, examples=['{"host": "me@there", "env": ["A=b"]}\n'])),
    toml=saved(texts("[remote]\n", *KINDS)),
)
def test_what_is_set_about_hosts(data: bytes, toml: bytes) -> None:
    place = desk("hosts")
    for name, text in (("cloudpy.conf", data), ("tampu.toml", toml)):
        (place / name).write_bytes(text)
    found = outcome(lambda: conf.read(place, place, place, {}, place), WIDEST)

    if not isinstance(found, TampuError):
        assert not [host for host in (found.host, *found.hosts) if host.startswith("-") or "\n" in host]
