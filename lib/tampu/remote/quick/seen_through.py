"""The rest of a quick call: what was begun is seen through to its end, and the link is given back."""

from __future__ import annotations

import os

from tampu.remote.links.wire import Kind, said
from tampu.remote.runs.signals import Signals
from tampu.remote.runs.watch import UNHEARD, Ends, Lacks
from tampu.remote.runs.witness import Noted, Witness, awaited

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tampu.remote.links.host import Host
    from tampu.remote.links.link import Link
    from tampu.remote.quick.spare import Lent, Loan
    from tampu.remote.runs.watch import Outcome


class Begun(Noted):
    """Its host has been asked already. It reads nothing of our input before the run has begun there.

    Until then, another may still take over.
    """

    asked = True
    begun = False

    def __init__(self, link: Link | Lent, wish: dict[str, Any], ends: Ends, signals: Signals) -> None:
        super().__init__(link, wish, ends, signals)
        self.after: list[tuple[int, bytes]] = []

    def begin(self) -> None:
        if not self.asked:
            super().begin()
        self.asked = False

    def _wants_input(self) -> bool:
        return self.begun and super()._wants_input()

    def take(self, kind: int, body: bytes) -> None:
        self.begun = self.begun or kind == Kind.STARTED
        if self.outcome is None:
            super().take(kind, body)
        else:
            self.after.append((kind, body))


def follow(loan: Loan, settled: Mapping[str, Any], wish: dict[str, Any], environ: Mapping[str, str]) -> Outcome | None:
    """How it ended; nothing if it could not begin."""
    link = loan.link(settled["host"]["name"], lambda: _host(settled["host"], environ))
    try:
        with Signals() as signals:
            watch = Begun(link, wish, Ends(), signals)
            watch.witness = witness = Witness(**settled["records"], run=wish["id"], stdin=0)
            outcome = watch.follow()
    except Lacks:
        loan.give_back(link)
        return None
    # Also where it is of no use: the next one on this link would take it for an answer of its own.
    outputs = awaited(watch.link, watch.after)
    if outcome.error:
        witness.forget()
    else:
        witness.end(outcome, outputs)
    _leave(loan, link, watch.link, outcome)
    return None if outcome.error else outcome


def _leave(loan: Loan, lent: Lent, now: Link | Lent, outcome: Outcome) -> None:
    """Nobody looks at a run again that has no name; and nobody waits for it to go."""
    if now is lent:
        lent.send(said(Kind.REMOVE, UNHEARD, what="run", id=outcome.name))
        loan.give_back(lent)
        return
    from tampu.remote.links import link
    from tampu.remote.stores import store

    if isinstance(now, link.Link):
        store.remove(now, "run", outcome.name)
        now.close()


def _host(told: Mapping[str, Any], environ: Mapping[str, str]) -> Host:
    from pathlib import Path

    from tampu.remote.links.host import Host

    return Host(
        name=told["name"],
        env=environ,
        sockets=Path(told["sockets"]),
        config=Path(told["config"]) if told["config"] else None,
        store=told["store"],
        terminal=os.isatty(0) and os.isatty(2),
    )
