"""A host's store, from here: what it has, and what it is given."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Protocol

from tampu.remote.environments.target import Interpreter
from tampu.remote.links.link_errors import OutOfReach
from tampu.remote.links.pace import Pace
from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import LAST, Kind, blob, blob_of, said, words
from tampu.remote.stores.asking import CHANNEL, answered, asked, following, refusal, text, understood
from tampu.remote.stores.store_errors import ChangedMeanwhile, StoreRefused
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.stores.trees import Tree

PIECE = 1 << 17
AHEAD = 1 << 20
PLAIN_MODE = 0o777
OF_A_PYTHON = ("path", "version", "implementation")
# So often what is brought goes on where it was cut.
CUTS = 50
TAKE_UP_WITHIN = 60.0
PAUSE = 0.1
# So soon answers only who is at the end of a quick link.
NEAR = 0.02


class Progress(Protocol):
    def __call__(self, kind: str, done: int, whole: int) -> None: ...


def ready(link: Link, kind: str, name: str) -> bool:
    """Whether it is there; else it is ours to bring, and nobody else's."""
    with understood(link):
        return _ready(link, kind, name)


def _ready(link: Link, kind: str, name: str) -> bool:
    link.send(said(Kind.WANT, CHANNEL, kind=kind, id=name))
    return bool(words(answered(link, Kind.HAS))["ready"])


def provide(link: Link, tree: Tree, progress: Progress) -> None:
    """Bring what the host lacks of it; a link that is cut is taken up again."""
    with understood(link):
        _provide(link, tree, progress)


def _provide(link: Link, tree: Tree, progress: Progress) -> None:
    for _ in range(CUTS):
        try:
            asked_at = time.monotonic()
            if not _ready(link, tree.kind, tree.id):
                near = time.monotonic() - asked_at < NEAR
                _bring(link, tree.complete() if near else tree, progress)
        except Cut:  # noqa: PERF203 - seldom
            _take_up(link)
        else:
            return
    raise link.why()


def _take_up(link: Link) -> None:
    until = time.monotonic() + TAKE_UP_WITHIN
    while True:
        try:
            link.again()
        except (Cut, OutOfReach):  # noqa: PERF203 - seldom
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE)
        else:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A file that a run has written into its own copy of the code."""

    path: str
    sha: str
    size: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """`left` are things with why they stay."""

    removed: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def changed(link: Link, run: str) -> tuple[Changed, ...]:
    """What it has written until now."""
    with understood(link):
        files = asked(link, Kind.CHANGED, Kind.CHANGED, id=run)["files"]
        return tuple(
            Changed(path=inside(path), sha=text(sha), size=int(size), mode=int(mode) & PLAIN_MODE)
            for path, sha, size, mode in files
        )


def fetch(link: Link, run: str, files: Sequence[Changed], into: Path) -> None:
    """Each whole or not at all, and never outside of that folder."""
    with understood(link):
        _fetch(link, run, files, into)


def _fetch(link: Link, run: str, files: Sequence[Changed], into: Path) -> None:
    for each in files:
        if not (into / inside(each.path)).parent.resolve().is_relative_to(into.resolve()):
            raise StoreRefused(link.host.name, f"{each.path!r} leads out of {into}")
    link.send(said(Kind.FETCH, CHANNEL, id=run, paths=[each.path for each in files]))
    other = ""
    for each in files:
        place = into / each.path
        place.parent.mkdir(parents=True, exist_ok=True)
        made = place.with_name(f".tampu-{os.getpid()}")
        try:
            if _received(link, made) == each.sha:
                made.chmod(each.mode)
                made.replace(place)
            else:
                other = other or each.path
        finally:
            made.unlink(missing_ok=True)
    if other:
        raise ChangedMeanwhile(f"{other} on {link.host.name}")


def _received(link: Link, place: Path) -> str:
    made = hashlib.sha256()
    with place.open("xb") as file:
        while True:
            _, last, data = blob_of(answered(link, Kind.BLOB))
            made.update(data)
            file.write(data)
            if last:
                return made.hexdigest()


def remove(link: Link, what: str, name: str = "") -> Removed:
    """A run, a tree, an env or all; what is in use stays."""
    with understood(link):
        told = asked(link, Kind.REMOVE, Kind.DONE, what=what, id=name)
        left = tuple((text(thing), text(why)) for thing, why in told["left"])
        return Removed(removed=tuple(text(each) for each in told["removed"]), left=left)


def used(link: Link) -> dict[str, Any]:
    """By kind what is there, how large it is, and when it was last used."""
    with understood(link):
        return asked(link, Kind.USED, Kind.USED)


def pythons(link: Link) -> tuple[Interpreter, ...]:
    with understood(link):
        found = asked(link, Kind.PYTHONS, Kind.PYTHONS)["pythons"]
        return tuple(Interpreter(**{name: text(each[name]) for name in OF_A_PYTHON}) for each in found)


def inside(path: object) -> str:
    """A path that leads nowhere but into its folder."""
    parts = path.split("/") if isinstance(path, str) else [""]
    if "\0" in str(path) or any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"{path!r} is no path of a file")
    return str(path)


def _bring(link: Link, tree: Tree, progress: Progress) -> None:
    link.send(said(Kind.TREE, CHANNEL, **tree.told()))
    kind, body = following(link, tree)
    if kind == Kind.LACKS:
        lacking = [str(sha) for sha in words(body)["shas"]]
        sizes = {item.sha: item.size for item in tree.items.values()}
        pace, done, whole = Pace(link), 0, sum(sizes.get(sha, 0) for sha in lacking)
        for sha in lacking:
            for piece in _pieces(link, sha, tree, pace):
                done += piece
                progress(tree.kind, done, whole)
                _send_on(link, tree)
        kind, body = following(link, tree)
    if kind != Kind.HAS:
        raise StoreRefused(link.host.name, f"an answer of kind {kind}")


def _pieces(link: Link, sha: str, tree: Tree, pace: Pace) -> Iterator[int]:
    """Put on the link, one after the other; how many bytes each has."""
    source = tree.sources.get(sha)
    if source is None:
        raise StoreRefused(link.host.name, f"asks for {sha}, which the tree hasn't")
    try:
        file = os.open(source, os.O_RDONLY)
        try:
            data = os.read(file, PIECE)
            while True:
                after = os.read(file, PIECE) if len(data) == PIECE else b""
                pace.give(sha, data, 0 if after else LAST)
                yield len(data)
                if not after:
                    return
                data = after
        finally:
            os.close(file)
    except OSError:
        # It isn't there any more. So it is no content of that name to the host, either.
        link.send(blob(CHANNEL, sha, LAST, b"gone"))


def _send_on(link: Link, tree: Tree) -> None:
    if link.waiting > PIECE:
        link.stay()
    while link.waiting > AHEAD:
        link.wait()
        for kind, channel, body in link.frames():
            if channel == CHANNEL and kind == Kind.FAULT:
                raise refusal(link, words(body), tree)
