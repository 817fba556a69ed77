"""What is asked about the runs of a host, beside running one: to list, read, take up and end them."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from tampu.remote.runs import at_host, record
from tampu.remote.runs.running import Ends, NoRun
from tampu.remote.runs.signals import OF_DETACHED, PASSED_ON, Signals
from tampu.remote.runs.telling import told
from tampu.remote.runs.terminal import raw
from tampu.remote.runs.witness import written
from tampu.remote.stores import fetching

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.call.here import Here
    from tampu.remote.links.link import Link

HEADINGS = ("ID", "STATE", "STARTED", "SCRIPT")
NOT_THERE = 3


def ps(here: Here) -> int:
    with here.link() as link:
        found = sorted(at_host.listed(link), key=lambda each: float(each.get("started", 0)))
    rows = [HEADINGS, *((each["id"], _state(each), _clock(each), _script(each)) for each in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    here.say.document("".join(f"{line.rstrip()}\n" for line in lines))
    return 0


def logs(here: Here) -> int:
    name = here.call.words[0]
    with here.link(fetching.host_of(here, name)) as link:
        at_host.logs(link, name, Ends())
    return 0


def attach(here: Here) -> int:
    name = here.call.words[0]
    with here.link(fetching.host_of(here, name)) as link:
        about = _about(link, name)
        tty = bool(about.get("tty"))
        numbers = OF_DETACHED if about.get("detached") else PASSED_ON
        witness = record.witness_of(here, name)
        with Signals(numbers) as signals, raw(0) if tty else nullcontext():
            outcome = at_host.attach(link, name, Ends(), signals, witness, tty=tty)
        if witness and not outcome.running:
            witness.end(outcome, written(link, name))
    return told(here.say, link.host.name, outcome)


def kill(here: Here) -> int:
    name = here.call.words[0]
    with here.link(fetching.host_of(here, name)) as link:
        if at_host.end(link, name):
            here.say.news(f"{name} on {link.host.name} is being ended")
            return 0
        here.say.news(f"{name} on {link.host.name} had ended before")
    return NOT_THERE


def _about(link: Link, name: str) -> dict[str, Any]:
    found = next((each for each in at_host.listed(link) if each.get("id") == name), None)
    if found is None:
        raise NoRun(link.host.name, name, "no run of that ID")
    return found


def _state(about: dict[str, Any]) -> str:
    if about.get("lost"):
        return "lost"
    if "signal" in about:
        return f"signal {about['signal']}"
    return f"exit {about['code']}" if "code" in about else "detached" if about.get("detached") else "runs"


def _clock(about: dict[str, Any]) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(about.get("started", 0))))


def _script(about: dict[str, Any]) -> str:
    words: list[str] = about.get("argv") or []
    return " ".join(words[1:])
