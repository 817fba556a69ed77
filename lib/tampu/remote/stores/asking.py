"""Questions to a host's store, and its answers, which may be anything."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import BadFrame, Kind, said, words
from tampu.remote.stores.store_errors import ChangedMeanwhile, HostFull, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.stores.trees import Tree

CHANNEL = 3


def text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


@contextmanager
def understood(link: Link) -> Iterator[None]:
    """What a host says may be anything."""
    try:
        yield
    except Cut as cut:
        raise link.why() from cut
    except (KeyError, TypeError, ValueError, AttributeError, BadFrame) as error:
        raise StoreRefused(link.host.name, f"{type(error).__name__}: {error}") from error


def asked(link: Link, kind: int, answer: int, **more: object) -> dict[str, Any]:
    link.send(said(kind, CHANNEL, **more))
    return words(answered(link, answer))


def following(link: Link, tree: Tree | None = None) -> tuple[int, bytes]:
    """The next answer to what was asked on our channel."""
    while True:
        for kind, channel, body in link.frames():
            if channel == CHANNEL and kind == Kind.FAULT:
                raise refusal(link, words(body), tree)
            if channel == CHANNEL and kind != Kind.WAIT:
                return kind, body
        link.wait()


def answered(link: Link, expected: int) -> bytes:
    kind, body = following(link)
    if kind != expected:
        raise StoreRefused(link.host.name, f"an answer of kind {kind}")
    return body


def refusal(link: Link, told: dict[str, Any], tree: Tree | None) -> Exception:
    lied = tree.sources.get(str(told.get("lied"))) if tree else None
    if lied:
        return ChangedMeanwhile(lied)
    if told.get("full"):
        return HostFull(link.host.name, str(told["full"]))
    return StoreRefused(link.host.name, str(told.get("error")))
