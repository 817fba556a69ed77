"""Rows by way of Slurm: arrays that a program of ours submits and follows on a login node."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.remote.engines.noting import noted
from tampu.remote.engines.parts import parts
from tampu.remote.engines.reaching import reached, taken_up
from tampu.remote.engines.role import Role
from tampu.remote.engines.there import arrays, row
from tampu.remote.links.link import Link
from tampu.remote.links.link_errors import OutOfReach
from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import Kind, frame
from tampu.remote.rows.board import ENDED, LEFT
from tampu.remote.runs.running import Spec
from tampu.remote.stores import store
from tampu.remote.stores.trees import CODE
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from tampu.remote.engines import Cargo, Setting
    from tampu.remote.links.host import Host
    from tampu.remote.rows.board import Board
    from tampu.remote.rows.ledger import Attempt
    from tampu.remote.rows.many import Many

TICK = 1.0
# So long a row's program goes on whose task was killed.
GRACE = 2.0
ENDS_WITHIN = 10.0
BEGINNINGS = 3
NO_NAME = "0" * 16


class SlurmFailed(TampuError):
    reason = "remote::slurm-failed"

    def __init__(self, host: str, told: str) -> None:
        super().__init__(
            title=f"Slurm takes no rows on {host}",
            found=told,
            expected="a login node where sbatch, squeue and scancel work, as `ssh HOST sbatch --version` shows",
            todo="Name such a host, give what sbatch asks for with --slurm-option OPTION, or do without: --engine ssh.",
        )


def about(host: Host, setting: Setting, hello: Mapping[str, Any], name: str, title: str) -> dict[str, Any]:
    """What the program on the login node is told."""
    return {
        "name": name,
        "title": " ".join(title.split()),
        "store": host.store,
        "parts": f"{hello['home']}/{host.store or '.tampu'}/trees/{parts().id}",
        "python": hello["executable"],
        "jobs": setting.jobs,
        "options": setting.slurm,
    }


def shown(many: Many) -> str:
    """The script that would be submitted."""
    host, count = many.hosts[0], len(many.rows)
    link = Link(host)
    try:
        hello = link.greet()
    finally:
        link.close()
    told = about(host, many.setting, hello, NO_NAME, many.title)
    folder = f"{row.folder_of(told, hello['home'])}/0"
    return row.script(told, 0, min(count, arrays.MOST), folder)


class Login:
    """What goes on at the login node. What was submitted outlives us, and is taken up by the next command."""

    def __init__(self, host: Host, cargo: Cargo, setting: Setting, board: Board) -> None:
        self._host = host
        self._cargo = cargo
        self._setting = setting
        self._board = board
        self._bell = board.bell()
        self._given: dict[str, Attempt] = {}
        self._begun = 0
        self._stopped = 0
        self._lacking = False

    def work(self) -> None:
        self._link = reached(self._host, self._board)
        try:
            if not store.ready(self._link, CODE, parts().id):
                store.provide(self._link, parts(), lambda *_: None)
            self._spec = self._cargo.ready(self._link)
            self._begin()
            self._go()
            self._end()
        finally:
            self._link.close()

    def _begin(self) -> None:
        """Also again, where it was killed: it knows its arrays."""
        self._begun += 1
        told = about(self._host, self._setting, self._link.hello, self._board.name, self._board.rules.title)
        spec = Spec(argv=("", "slurm.py"), tree=parts().id)
        self._role = Role(self._link, spec, json.dumps(told).encode() + b"\n")
        if self._given:
            self._give(list(self._given.values()))

    def _give(self, attempts: list[Attempt]) -> None:
        if self._lacking:
            self._spec, self._lacking = self._cargo.ready(self._link), False
        wish = replace(self._spec, grace=GRACE).wish()
        rows = [(each.run, self._board.rules.rows[each.row]) for each in attempts]
        self._say(wish=wish, rows=rows)

    def _say(self, **told: object) -> None:
        self._role.give(json.dumps(told).encode() + b"\n")

    def _go(self) -> None:
        while not self._board.over:
            try:
                self._take()
                self._once()
                self._look_after()
            except Cut:  # noqa: PERF203 - seldom
                self._link = taken_up(self._link, self._board, self._setting.patience)
                self._role.watch_by(self._link)

    def _take(self) -> None:
        taken = []
        while len(self._given) < arrays.MOST and (attempt := self._board.take(self._host.name)):
            self._given[attempt.run] = attempt
            taken.append(attempt)
        if taken:
            self._give(taken)

    def _once(self) -> None:
        self._link.wait((self._bell.woken,), TICK)
        self._bell.hush()
        if self._board.stopping > self._stopped and not self._stopped:
            self._say(cancel=True)
        self._stopped = self._board.stopping
        for kind, channel, body in self._link.frames():
            if channel == self._role.channel:
                self._role.take(kind, body)
                for told in self._role.said():
                    self._heed(told)

    def _heed(self, told: dict[str, Any]) -> None:
        if "refused" in told:
            raise SlurmFailed(self._host.name, told["refused"])
        if "submitted" in told:
            self._board.say(f"Slurm has {told['count']} rows as {told['submitted']}")
        elif told.get("cancelled") and self._stopped >= ENDED:
            for run in list(self._given):
                self._heed({"key": run, "fault": "it was cancelled"})
        elif told.get("key") in self._given:
            self._note(self._given.pop(told["key"]), told)

    def _note(self, found: Attempt, told: dict[str, Any]) -> None:
        """A row's result, or why there is none."""
        attempt = replace(found, host=told.get("worker", found.host))
        self._lacking = self._lacking or bool(told.get("lacks"))
        outcome = noted(self._board, attempt, told)
        if outcome:
            self._board.ended(attempt, outcome, float(told["seconds"]))

    def _look_after(self) -> None:
        if self._role.outcome and not self._board.over:
            if self._begun == BEGINNINGS:
                raise SlurmFailed(self._host.name, self._role.complaint)
            self._begin()

    def _end(self) -> None:
        """With every row's end noted, nobody needs the folder of its arrays."""
        if self._board.stopping >= LEFT or self._given:
            self._link.send(frame(Kind.KILL, self._role.channel))
        else:
            self._say(over=True)
        until = time.monotonic() + ENDS_WITHIN
        try:
            while not self._role.outcome and time.monotonic() < until:
                self._once()
            if self._role.outcome:
                self._cargo.forget(lambda: self._link, self._role.outcome.name)
        except (Cut, OutOfReach):
            return


class Slurm:
    def __init__(self, hosts: tuple[Host, ...], cargo: Cargo, setting: Setting) -> None:
        self._host = hosts[0]
        self._cargo = cargo
        self._setting = setting

    def workers(self, board: Board) -> Mapping[str, Callable[[], None]]:
        return {self._host.name: Login(self._host, self._cargo, self._setting, board).work}
