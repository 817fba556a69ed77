"""What `tampu daemon` does."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon import (
    asked,
    identity,
    keeping,
    kept,
    output,
    places,
    records,
    shown,
    start,
    stop,
    tail,
    words,
)
from tampu.daemon.call import NoLog, WrongCall
from tampu.daemon.identity import ALIVE
from tampu.daemon.records import Record
from tampu.daemon.wish import Executed
from tampu.values import replace

if TYPE_CHECKING:
    from tampu.daemon.call import Call
    from tampu.daemon.places import Place
    from tampu.daemon.wish import Wish

MOST_SPAWNED = 1000


def start_it(call: Call) -> int:
    wish = call.wish()
    if call.options.foreground:
        from tampu.daemon import notify

        return keeping.stay(wish, lambda: notify.tell("READY=1", environ=call.environ))
    call.say.step(f"Starting {wish.name}")
    _begin(wish)
    return _told(call)


def _begin(wish: Wish) -> None:
    if wish.keep_alive:
        keeping.start(wish)
        return
    keeping.dismiss_resting(places.place(wish.name, wish.pid_dir))
    start.start(wish, output.keep_and_open)


def stop_it(call: Call) -> int:
    place = call.place
    wish = kept.kept(place)
    text = call.options.timeout
    usual = wish.stop_timeout if wish else stop.PATIENCE
    call.say.step(f"Stopping {place.name}")
    keeping.dismiss(place)
    stopped = stop.stop(place, words.seconds("--timeout", text) if text else usual)
    killed = f"; killed, as TERM did not end them: {', '.join(map(str, stopped.killed))}" if stopped.killed else ""
    call.say.detail(
        f"process {stopped.pid} and all that it started are gone{killed}" if stopped.pid else "it did not run"
    )
    output.settle(place)
    if call.options.json:
        _document(call, shown.document(place))
    return 0


def restart_it(call: Call) -> int:
    wish = call.wish()
    call.say.step(f"Restarting {wish.name}")
    keeping.dismiss(call.place)
    if wish.keep_alive:
        stop.stop(call.place, wish.stop_timeout)
        keeping.start(wish)
    else:
        start.restart(wish, output.keep_and_open)
    return _told(call)


def spawn_it(call: Call) -> int:
    """One more, beside the daemon of that name and as that was started: NAME.1 and so on, each a daemon by itself."""
    model = call.kept() if call.command and not asked.has_any(call.options) and kept.kept(call.place) else call.wish()
    for number in range(1, MOST_SPAWNED):
        name = f"{call.options.name}.{number}"
        argv = tuple(call.command) or model.argv
        wish = replace(model, name=name, argv=argv, ready=Executed(), keep_alive=None, rotation=None)
        try:
            start.start(wish, lambda wish: output.keep_and_share(wish, model))
        except start.AlreadyRunning:
            continue
        call.say.step(f"Spawned {name}")
        return _told(replace(call, options=argparse.Namespace(**{**vars(call.options), "name": name})))
    raise WrongCall(f"{MOST_SPAWNED} of {call.options.name}", "fewer that run at once")


def tell_status(call: Call) -> int:
    _revive(call.place)
    facts = shown.document(call.place)
    if call.options.json:
        _document(call, facts)
    else:
        shown.tell(facts, call.say)
    code: int = facts["exit_code"]
    return code


def show_logs(call: Call) -> int:
    _revive(call.place)
    wish = kept.kept(call.place)
    log = wish.log if wish else Path(call.folders.log, f"{call.options.name}.log")
    if not log:
        raise NoLog(call.place, "what it writes goes nowhere (--log none)")
    if not log.exists():
        raise NoLog(call.place, f"no file {log}" if wish else f"no daemon of that name in {call.folders.run}")
    follower = tail.Follower(log) if call.options.follow else None
    lines = words.count("--lines", call.options.lines)

    def show(line: bytes) -> None:
        call.say.log(line.decode("utf-8", "backslashreplace"))

    for line in follower.last(lines) if follower else tail.last(log, lines):
        show(line)
    if follower:
        follower.follow(show, lambda: False)
    return 0


def list_all(call: Call) -> int:
    names = sorted(path.name.removesuffix(".pid") for path in Path(call.folders.run).glob("*.pid"))
    every = [places.place(name, call.folders.run) for name in names if places.is_name(name)]
    facts = [shown.document(place) for place in every if _is_ours(place)]
    if call.options.json:
        _document(call, facts)
        return 0
    for each in facts:
        call.say.log(shown.line(each))
    return 0


def _is_ours(place: Place) -> bool:
    record = records.read(place)
    return isinstance(record, Record) and record.owner == os.geteuid()


def _told(call: Call) -> int:
    facts = shown.document(call.place)
    if call.options.json:
        _document(call, facts)
    else:
        call.say.detail(f"process {facts['pid']} is ready")
    return 0


def _document(call: Call, facts: object) -> None:
    call.say.document(json.dumps(facts, indent=2) + "\n")


def _revive(place: Place) -> None:
    """Bring back what somebody killed that the daemon needs."""
    wish = kept.kept(place)
    if wish and identity.look(place).state in ALIVE:
        output.revive(wish)
