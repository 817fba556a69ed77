"""Rows by way of a cluster of Dask: one that is there, or one that is started on the hosts and ends with us."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.remote.engines.cluster import GRACE, NAME, Cluster, fit
from tampu.remote.engines.parts import parts
from tampu.remote.engines.porter import Porter
from tampu.remote.engines.reaching import reached, taken_up
from tampu.remote.engines.role import Role
from tampu.remote.links.link_errors import OutOfReach
from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import Kind, frame
from tampu.values import replace
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from tampu.remote.engines import Cargo, Setting
    from tampu.remote.links.host import Host
    from tampu.remote.rows.board import Board
    from tampu.remote.runs.running import Spec

TICK = 1.0
ENDS_WITHIN = 5.0


class ClusterFailed(TampuError):
    reason = "remote::cluster-failed"

    def __init__(self, host: str, role: str, told: str) -> None:
        super().__init__(
            title=f"The {role} of the Dask cluster on {host} has ended",
            found=told,
            expected="a cluster whose members reach each other over TCP, at the addresses that ssh goes to",
            todo="See that nothing between the hosts is in the way, or do without: --engine ssh.",
        )


class Post:
    """What there is of the cluster on one host; the first one has the scheduler, and hands out the rows."""

    def __init__(self, host: Host, cargo: Cargo, cluster: Cluster, *, first: bool) -> None:
        self.host = host
        self._cargo = cargo
        self._cluster = cluster
        self._board = cluster.board
        self._bell = cluster.board.bell()
        self._first = first
        self._roles: dict[str, Role] = {}
        cluster.unsettled.add(host.name)

    def work(self) -> None:
        try:
            self._work()
        finally:
            self._cluster.unsettled.discard(self.host.name)

    def _work(self) -> None:
        link = self._link = reached(self.host, self._board)
        self._cluster.porters[self.host.name] = porter = Porter(self.host, self._cargo, self._board)
        try:
            spec = self._cargo.ready(link)
            tools = self._cargo.tools(link, house() / "vendor" / "dask.lock", parts())
            self._cluster.specs[self.host.name] = spec
            self._cluster.unsettled.discard(self.host.name)
            self._go(spec, tools)
            porter.check()
        finally:
            self._end()
            self._link.close()
            if self._first:
                self._cluster.drop()
            porter.close()

    def _go(self, spec: Spec, tools: Spec) -> None:
        begins = self._beginning(spec, tools)
        while not self._board.over:
            for name, begin in list(begins.items()):
                if begin():
                    del begins[name]
            try:
                self._once()
            except Cut:
                self._link = taken_up(self._link, self._board, self._cluster.setting.patience)
                for role in self._roles.values():
                    role.watch_by(self._link)
            self._look_after(begins, spec, tools)

    def _beginning(self, spec: Spec, tools: Spec) -> dict[str, Callable[[], bool]]:
        """What is still to be begun here; each says whether it could be."""
        cluster = self._cluster
        made: dict[str, Callable[[], bool]] = {}
        if self._first and not cluster.setting.scheduler:
            made["scheduler"] = lambda: self._begin("scheduler", tools, {"retries": cluster.retries})
        if not cluster.setting.scheduler:
            made["worker"] = lambda: self._when_there("worker", tools, spec)
        if self._first:
            made["driver"] = lambda: self._when_there("driver", tools)
            made["rows"] = lambda: self._hand_out(spec)
        return made

    def _when_there(self, role: str, tools: Spec, spec: Spec | None = None) -> bool:
        told = self._cluster.told
        if not told.get("address"):
            return False
        jobs = self._cluster.setting.jobs or int(self._link.hello["cpus"])
        place = {"folder": f"{self.host.store or '~/.tampu'}/trees/{tools.tree}", "name": self.host.name, "jobs": jobs}
        return self._begin(role, tools, {**told, **place, "retries": self._cluster.retries}, spec)

    def _begin(self, role: str, tools: Spec, told: Mapping[str, object], spec: Spec | None = None) -> bool:
        env = {"TAMPU_WORKER": self.host.name, "TAMPU_WORKER_FITS": json.dumps([fit(spec)] if spec else [])}
        spec = replace(tools, argv=("", "cluster.py"), env=env, grace=GRACE, name=os.urandom(8).hex())
        self._roles[role] = Role(self._link, spec, json.dumps({"role": role, **told}).encode() + b"\n")
        return True

    def _hand_out(self, spec: Spec) -> bool:
        """As they become free: never done."""
        driver = self._roles.get("driver")
        while driver and driver.ready and self._cluster.settled and (attempt := self._board.take(NAME)):
            driver.give(self._cluster.task(attempt, spec, self.host.store))
        return False

    def _once(self) -> None:
        self._link.wait((self._bell.woken,), TICK)
        self._bell.hush()
        self._cluster.porters[self.host.name].check()
        roles = {role.channel: (name, role) for name, role in self._roles.items()}
        for kind, channel, body in self._link.frames():
            if channel in roles:
                name, role = roles[channel]
                role.take(kind, body)
                for told in role.said():
                    self._heed(name, told)

    def _heed(self, role: str, told: dict[str, Any]) -> None:
        if role == "scheduler":
            self._cluster.told.update(told)
            self._board.say(f"Dask's scheduler is at {told['address']}")
        elif role == "driver" and "key" in told:
            self._cluster.take(told)

    def _look_after(self, begins: dict[str, Callable[[], bool]], spec: Spec, tools: Spec) -> None:
        """A worker that was killed is started anew; without the others there is no cluster."""
        for name, role in list(self._roles.items()):
            if role.outcome and not self._board.over:
                if name != "worker":
                    raise ClusterFailed(self.host.name, name, role.complaint)
                del self._roles[name]
                begins[name] = self._beginning(spec, tools)[name]
                self._board.say(f"the worker on {self.host.name} has ended: {role.complaint}")

    def _end(self) -> None:
        """All of it: nothing is left to itself, and of what has ended nothing is left."""
        until = time.monotonic() + ENDS_WITHIN
        try:
            for role in self._roles.values():
                self._link.send(frame(Kind.KILL, role.channel))
            while time.monotonic() < until and not all(role.outcome for role in self._roles.values()):
                self._once()
            for role in self._roles.values():
                if role.outcome:
                    self._cargo.forget(lambda: self._link, role.outcome.name)
        except (Cut, OutOfReach):
            return


class Dask:
    def __init__(self, hosts: tuple[Host, ...], cargo: Cargo, setting: Setting) -> None:
        self._hosts = hosts
        self._cargo = cargo
        self._setting = setting

    def workers(self, board: Board) -> Mapping[str, Callable[[], None]]:
        cluster = Cluster(board, self._setting, board.rules.retries)
        posts = [Post(host, self._cargo, cluster, first=not at) for at, host in enumerate(self._hosts)]
        return {post.host.name: post.work for post in posts}
