"""How a daemon is doing, for people and for programs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tampu.daemon import keeping, kept, output
from tampu.daemon.identity import ALIVE, State
from tampu.daemon.keeper import GIVEN_UP
from tampu.daemon.log_writer import WAITING as WRITER_WAITS
from tampu.daemon.log_writer import WRITING
from tampu.daemon.status import status

if TYPE_CHECKING:
    from tampu.daemon.places import Place
    from tampu.daemon.status import Status
    from tampu.daemon.wish import Wish
    from tampu.world.console import Console

UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
MIB = 1 << 20
GOES_ON = {State.RUNNING: "runs", State.STARTING: "is starting", State.STOPPING: "is stopping"}


def document(place: Place) -> dict[str, Any]:
    found = status(place)
    wish = kept.kept(place)
    return {
        "name": found.name,
        "state": found.state,
        "exit_code": found.exit_code,
        "pid": found.pid or None,
        "since": _moment(found.since) if found.since else None,
        "uptime": round(found.uptime, 2),
        "memory": found.memory,
        "processes": found.processes,
        "command": list(wish.argv) if wish else None,
        "log": str(wish.log) if wish and wish.log else None,
        "log_writer": _writer(place, wish, found),
        "keeper": _keeper(place, wish, found),
    }


def tell(facts: dict[str, Any], say: Console) -> None:
    state = facts["state"]
    say.step(f"{facts['name']} {GOES_ON.get(state) or f'is {state}'}")
    if facts["pid"]:
        say.detail(f"process {facts['pid']}, since {facts['since']} ({span(facts['uptime'])})")
    if facts["processes"]:
        number = facts["processes"]
        say.detail(f"{facts['memory'] / MIB:.1f} MB in {number} process{'es' if number > 1 else ''}")
    if facts["log"]:
        say.detail(f"log: {facts['log']}{_of_writer(facts['log_writer'])}")
    if facts["keeper"]:
        say.detail(f"kept alive: {_of_keeper(facts['keeper'])}")


def line(facts: dict[str, Any]) -> str:
    where = f"process {facts['pid']}, {span(facts['uptime'])}, {facts['memory'] / MIB:.1f} MB" if facts["pid"] else ""
    return f"{facts['name']:<24} {facts['state']:<10} {where}".rstrip()


def span(seconds: float) -> str:
    """The two largest units are as exact as anybody wants it."""
    left, parts = int(seconds), list[str]()
    for name, size in UNITS:
        if left >= size or (name == "s" and not parts):
            parts.append(f"{left // size} {name}")
            left %= size
    return " ".join(parts[:2])


def _writer(place: Place, wish: Wish | None, found: Status) -> dict[str, Any] | None:
    if not wish or not wish.rotation or found.state not in ALIVE:
        return None
    heard = output.heard(place) or {"pid": None, "state": "gone", "why": ""}
    return {"pid": heard.get("pid"), "state": heard.get("state", ""), "why": heard.get("why", "")}


def _keeper(place: Place, wish: Wish | None, found: Status) -> dict[str, Any] | None:
    heard = keeping.heard(place)
    if heard is None:
        missed = wish is not None and wish.keep_alive is not None and found.state != State.ABSENT
        return {"pid": None, "state": "gone", "starts": 0, "last": "", "until": None} if missed else None
    until = heard.get("until")
    return {
        "pid": heard.get("pid"),
        "state": heard.get("state", ""),
        "starts": heard.get("starts", 0),
        "last": heard.get("last", ""),
        "until": _moment(until) if until else None,
    }


def _of_writer(writer: dict[str, Any] | None) -> str:
    if not writer or writer["state"] == WRITING:
        return ""
    if writer["state"] == WRITER_WAITS:
        return f"\n  can't be written: {writer['why']}; what is written waits, and so may the program"
    return "\n  its writer is gone; `tampu daemon status` as its user brings it back"


def _of_keeper(keeper: dict[str, Any]) -> str:
    if not keeper["pid"]:
        return "no more, its keeper is gone; `tampu daemon start` brings it back"
    last = f", the last ended: {keeper['last']}" if keeper["last"] else ""
    next_one = f", next at {keeper['until']}" if keeper["until"] else ""
    given_up = ", given up" if keeper["state"] == GIVEN_UP else ""
    starts = keeper["starts"]
    return f"by process {keeper['pid']}, {starts} new start{'' if starts == 1 else 's'}{last}{next_one}{given_up}"


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(seconds))
