"""The runs that a host has: listed, looked into, taken up, ended."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import Kind, said, words
from tampu.remote.runs.running import Ends, NoRun, Watch
from tampu.remote.runs.witness import Noted

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.runs.running import Outcome
    from tampu.remote.runs.signals import Signals
    from tampu.remote.runs.witness import Witness

CHANNEL = 2


def listed(link: Link) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _ask(link, said(Kind.LIST, CHANNEL), "")["runs"]
    return found


def attach(
    link: Link,
    name: str,
    ends: Ends,
    signals: Signals | None = None,
    witness: Witness | None = None,
    *,
    tty: bool = False,
) -> Outcome:
    """From its first byte to its end; a terminal that it has is made as large as ours."""
    if tty and signals:
        signals.add(signal.SIGWINCH)
    watch = Noted(link, {"id": name, "tty": tty}, ends, signals)
    watch.witness = witness
    return watch.follow()


def logs(link: Link, name: str, ends: Ends) -> Outcome:
    """What it has written until now."""
    quiet = Ends(stdin=None, stdout=ends.stdout, stderr=ends.stderr)
    return Watch(link, {"id": name, "once": True}, quiet, None).follow()


def end(link: Link, name: str) -> bool:
    """Whether there was a run to be ended."""
    return bool(_ask(link, said(Kind.ORDER, CHANNEL, id=name, order=Kind.KILL), name)["running"])


def _ask(link: Link, message: bytes, name: str) -> dict[str, Any]:
    link.send(message)
    try:
        while True:
            link.wait()
            for kind, channel, body in link.frames():
                if channel == CHANNEL and kind == Kind.FAULT:
                    raise NoRun(link.host.name, name, words(body)["error"])
                if channel == CHANNEL:
                    return words(body)
    except Cut as cut:
        raise link.why() from cut
