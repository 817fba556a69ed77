"""A record of every run: what ran where and on what, what went in and what came out; never a value of a variable."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.remote import agent
from tampu.remote.environments.lock import without_logins
from tampu.remote.quick import memo
from tampu.remote.runs.vault import digest
from tampu.remote.runs.witness import RECORDS, Witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from tampu.remote.call.here import Here
    from tampu.remote.environments.settling import Settled
    from tampu.remote.links.link import Link
    from tampu.remote.runs.running import Spec

    Record = Mapping[str, Any]

LAYOUT = 1
SEARCH_PATH = "PYTHONPATH"
ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
HEADINGS = ("ID", "ENDED", "STARTED", "HOST", "SCRIPT")
SHOWN = 16


class NoRecord(TampuError):
    reason = "remote::no-record"

    def __init__(self, name: str, found: str) -> None:
        super().__init__(
            title=f"There is no record of a run {excerpt(name)} to go by",
            found=found,
            expected="the ID of a run that was started here",
            todo="`tampu remote records` lists the runs that there were.",
        )


def about(here: Here, link: Link, spec: Spec, ready: Settled) -> dict[str, Any]:
    """What is known before a run: the same for the same call again."""
    package, target = ready.package, ready.target
    ours = (SEARCH_PATH, package.search_path)
    reads = {each.path for each in package.data if each.reads}
    return {
        "layout": LAYOUT,
        "script": package.entry,
        "argv": list(spec.argv),
        "cwd": spec.cwd,
        "root": str(package.root),
        "package": package.name,
        "code": package.tree.id,
        "files": len(package.tree.items),
        "inputs": {
            path: item.sha for path, item in package.tree.items.items() if item.sha and package.root / path in reads
        },
        "lock": digest(ready.lock.text) if ready.lock.text else "",
        "environment": ready.lock.id,
        "requirements": [without_logins(line) for line in package.requirements],
        "python": {"version": target.python, "implementation": target.implementation, "path": target.interpreter},
        "host": link.host.name,
        "machine": str(target.kind),
        "path": package.search_path,
        "variables": sorted(each[0] for each in spec.env.items() if each != ours),
        "tty": spec.tty,
        "replay": here.call.words[0] if here.call.verb else "",
        "tampu": __version__,
        "agent": memo.digest(agent.packed()),
    }


def records(here: Here) -> int:
    """All of them, or one in full."""
    if here.call.words:
        here.say.document(_in_full(read(here, here.call.words[0])))
        return 0
    found = sorted(_all(here), key=lambda each: float(each["started"]))
    rows = [HEADINGS, *(_row(each) for each in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    here.say.document("".join(f"{line.rstrip()}\n" for line in lines))
    return 0


def read(here: Here, name: str) -> Record:
    """By its ID, or by as much of its beginning as only one has."""
    folder = here.data / RECORDS
    found = sorted(folder.glob(f"{name}*.json")) if ID.fullmatch(name) else []
    exact = [each for each in found if each.stem == name] or found
    if len(exact) != 1:
        raise NoRecord(name, f"{len(exact) or 'none'} in {folder}")
    told = _told(exact[0].read_text(encoding="utf-8", errors="replace"))
    if told is None:
        raise NoRecord(name, f"{exact[0]}, which is of another tampu or was altered")
    return told


def witness_of(here: Here, name: str) -> Witness | None:
    """For a run that was started here and left to itself: its end is still to be noted."""
    with suppress(OSError):
        told = _told((here.data / RECORDS / f"{name}.json").read_text(encoding="utf-8", errors="replace"))
        if told and told.get("exit") == {"running": True}:
            return Witness(str(here.data), told, name, None)
    return None


def how_it_ended(told: Record) -> str:
    end = told.get("exit")
    if not end:
        return "unseen"
    if end.get("running"):
        return "detached"
    if end.get("lost") or end.get("error"):
        return "lost" if end.get("lost") else "not started"
    return f"signal {end['signal']}" if "signal" in end else f"exit {end['code']}"


def _all(here: Here) -> Iterator[Record]:
    for path in (here.data / RECORDS).glob("*.json"):
        with suppress(OSError):
            told = _told(path.read_text(encoding="utf-8", errors="replace"))
            if told:
                yield told


def _told(text: str) -> Record | None:
    with suppress(ValueError, TypeError, KeyError):
        told: Record = json.loads(text)
        if told["layout"] == LAYOUT and float(told["started"]) and told["id"]:
            return told
    return None


def _row(told: Record) -> tuple[str, ...]:
    return (told["id"], how_it_ended(told), _clock(told["started"]), told["host"], " ".join(told["argv"][1:]))


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _in_full(told: Record) -> str:
    width = max(len(name) for name, _ in _lines(told))
    return "".join(f"{name:<{width}}  {text}".rstrip() + "\n" for name, text in _lines(told))


def _lines(told: Record) -> Iterator[tuple[str, str]]:
    python = told["python"]
    yield "ID", told["id"]
    yield "script", " ".join(told["argv"][1:])
    yield "from", told["root"]
    yield "host", f"{told['host']} ({told['machine']})"
    yield "Python", f"{python['implementation']} {python['version']}, {python['path']}"
    yield "code", f"{told['code']} ({told['files']} files)"
    yield "lock", told["lock"] or "no packages"
    yield "variables", ", ".join(told["variables"]) or "none"
    yield "started", _clock(told["started"])
    if "ended" in told:
        yield "took", f"{told['ended'] - told['started']:.2f} s"
    yield "ended", how_it_ended(told)
    if told["replay"]:
        yield "replay of", told["replay"]
    for name in ("stdin", "out", "err"):
        if name in told:
            yield {"out": "stdout", "err": "stderr"}.get(name, name), _stream(told[name])
    for path, sha in told["inputs"].items():
        yield "read", f"{sha[:SHOWN]}  {path}"
    for path, sha, size, _ in told.get("outputs") or ():
        yield "written", f"{sha[:SHOWN]}  {path}, {size} bytes"
    yield "tampu", f"{told['tampu']}, agent {told['agent'][:SHOWN]}"


def _stream(told: Record) -> str:
    if "sha256" not in told:
        return "a terminal" if told.get("terminal") else "none"
    return f"{told['sha256'][:SHOWN]}  {told['size']} bytes"
