"""A run once more: the same code, packages, Python, words and input; and what of it came out the same."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.remote.call import secrets
from tampu.remote.call.secrets import BadVariable
from tampu.remote.environments.environment import environment
from tampu.remote.environments.lock import Wanted, relocked
from tampu.remote.environments.pythons import as_target, chosen, demand_of
from tampu.remote.environments.target import interpreter_of, target_of
from tampu.remote.packages import packing
from tampu.remote.runs import record
from tampu.remote.runs.over import OF_TERMINALS, env, followed
from tampu.remote.runs.running import Ends, Spec
from tampu.remote.runs.telling import told as told_of
from tampu.remote.runs.terminal import size
from tampu.remote.runs.vault import Vault
from tampu.remote.runs.witness import Stream, Witness, written
from tampu.remote.stores import store
from tampu.remote.stores.trees import ENVS, PYTHONS
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from tampu.remote.call.here import Here
    from tampu.remote.environments.lock import Lock
    from tampu.remote.environments.target import Target
    from tampu.remote.links.link import Link
    from tampu.remote.runs.record import Record
    from tampu.remote.stores.trees import Tree
    from tampu.world import World

SAME, DIFFERS = 0, 1
# What a record says of one run alone.
OF_ONE = frozenset({"id", "started", "ended", "exit", "stdin", "out", "err", "outputs"})
PIECE = 1 << 18
STREAMS = {"out": "stdout", "err": "stderr"}


class NotKept(TampuError):
    reason = "remote::not-kept"

    def __init__(self, name: str, gone: str, todo: str) -> None:
        super().__init__(
            title=f"The run {name} can't be done again",
            found=gone,
            expected="all that it was made of; what was used longest ago goes first when room is short",
            todo=todo,
        )


def replay(here: Here) -> int:
    then = record.read(here, here.call.words[0])
    if "ended" not in then:
        raise record.NoRecord(then["id"], f"one whose end was not seen from here ({record.how_it_ended(then)})")
    given = _variables(here, then)
    with _stdin(here, then) as stdin, here.link(here.call.value("host") or then["host"]) as link:
        world = packing.world_of(here)
        again = _Again(here, link, then, world)
        spec = again.spec(here, given)
        witness = Witness(str(here.data), again.about(spec), spec.name, stdin)
        outcome = followed(here, link, spec, partial(again.tree, world=world), Ends(stdin=stdin), witness)
        now = witness.end(outcome, written(link, outcome.name))
        store.remove(link, "run", outcome.name)
    if outcome.error or outcome.lost:
        told_of(here.say, link.host.name, outcome)
    return _compared(here, then, now)


class _Again:
    """What was recorded, as it is on the host that runs it now."""

    def __init__(self, here: Here, link: Link, then: Record, world: World) -> None:
        self._then = then
        self._vault = Vault(folder=here.data)
        self._target, self._shipped = _python(link, then, world)
        self._lock = self._locked()
        self._host = link.host.name

    def spec(self, here: Here, given: Mapping[str, str]) -> Spec:
        then = self._then
        return Spec(
            argv=tuple(then["argv"]),
            cwd=then["cwd"],
            tree=then["code"],
            environment=self._lock.id,
            python=self._target.interpreter,
            env=env(here, given, then["path"], tty=then["tty"]),
            tty=then["tty"],
            size=size(1, 0, 2),
        )

    def about(self, spec: Spec) -> dict[str, Any]:
        before = {name: value for name, value in self._then.items() if name not in OF_ONE}
        python = {**before["python"], "version": self._target.python, "path": self._target.interpreter}
        more = {"host": self._host, "machine": str(self._target.kind), "environment": spec.environment}
        return {**before, **more, "python": python, "replay": self._then["id"]}

    def tree(self, kind: str, world: World) -> Tree | None:
        """What the host lacks."""
        if kind == PYTHONS:
            return self._shipped
        then = self._then
        if kind == ENVS and self._altered:
            todo = "Run the script itself again: it gets these as they are now."
            raise NotKept(then["id"], "folders of the project that were installed and are otherwise now", todo)
        if kind == ENVS:
            return environment(self._lock, self._target, world)
        code = self._vault.code(then["code"], Path(then["root"]))
        gone = ["all of its code"] if code is None else sorted(_gone(code))
        if gone:
            todo = "Run the script itself again, if it is as it was."
            raise NotKept(then["id"], f"no longer here: {', '.join(gone)}", todo)
        return code

    def _locked(self) -> Lock:
        then = self._then
        text = self._vault.lock(then["lock"]) if then["lock"] else ""
        if text is None:
            todo = "Run the script itself again: what it asks for is chosen anew."
            raise NotKept(then["id"], "no longer here: which packages it had", todo)
        wanted = Wanted(requirements=tuple(then["requirements"]), root=Path(then["root"]))
        lock, target = relocked(text, wanted, self._target), self._target
        alike = [then["python"]["path"], then["python"]["version"], then["machine"]] == [
            *(target.interpreter, target.python),
            str(target.kind),
        ]
        self._altered = alike and lock.id != then["environment"]
        # The host may still have it.
        return replace(lock, id=then["environment"]) if self._altered else lock


def _gone(code: Tree) -> Iterator[str]:
    return (path for path, item in code.items.items() if item.sha and item.sha not in code.sources)


def _python(link: Link, then: Record, world: World) -> tuple[Target, Tree | None]:
    """The very one where it is still there, else one of the same version."""
    version, path = then["python"]["version"], then["python"]["path"]
    own = interpreter_of(link.hello)
    there = (own,) if own.path == path else (own, *store.pythons(link))
    exact = next((each for each in there if (each.path, each.version) == (path, version)), None)
    if exact:
        return target_of(link.hello, exact), None
    demand = demand_of(f"=={version}", f"the record of {then['id']}")
    return as_target(chosen(demand, "", link.hello, lambda: there, world), link.hello)


def _variables(here: Here, then: Record) -> dict[str, str]:
    """Values are never kept: whoever wants it again gives them again."""
    given = secrets.variables(here)
    lacking = [each for each in then["variables"] if each not in given and each not in OF_TERMINALS]
    if lacking:
        words = " ".join(f"-e {each}" for each in lacking)
        raise BadVariable(f"no {', '.join(lacking)}, which the run had", f"their values again, as by {words}")
    return {name: value for name, value in given.items() if name in then["variables"]}


@contextmanager
def _stdin(here: Here, then: Record) -> Iterator[int | None]:
    """What it read then; where that was somebody who typed, or too much to keep, ours."""
    told = then["stdin"]
    if "sha256" not in told:
        yield 0 if told.get("terminal") else None
        return
    with tempfile.TemporaryFile() as file:
        kept = Vault(folder=here.data).input(told["sha256"]) if told["size"] else b""
        if kept is not None:
            file.write(kept)
        elif _spooled(file.fileno()) != told["sha256"]:
            found = f"an input of {told['size']} bytes that was not kept, and another one on stdin"
            todo = f"Give it again: tampu remote replay {then['id']} < FILE"
            raise NotKept(then["id"], found, todo)
        file.seek(0)
        yield file.fileno()


def _spooled(end: int) -> str:
    made = Stream()
    while not os.isatty(0) and (data := sys.stdin.buffer.read(PIECE)):
        made.add(data)
        os.write(end, data)
    return str(made.told()["sha256"])


def _compared(here: Here, then: Record, now: Record) -> int:
    same = True
    here.say.step(f"{then['id']} again on {now['host']}, as {now['id']}")
    for name, before, after in _pairs(then, now):
        same &= before == after
        here.say.detail(f"{name}: the same ({after})" if before == after else f"{name}: {before} then, {after} now")
    return SAME if same else DIFFERS


def _pairs(then: Record, now: Record) -> Iterator[tuple[str, str, str]]:
    yield "end", record.how_it_ended(then), record.how_it_ended(now)
    for stream, name in STREAMS.items():
        yield name, _content(then[stream]), _content(now[stream])
    before, after = (_outputs(each) for each in (then, now))
    for path in sorted(before.keys() | after.keys()):
        yield path, before.get(path, "not written"), after.get(path, "not written")


def _content(told: Mapping[str, Any]) -> str:
    return f"{told['size']} bytes, {told['sha256'][: record.SHOWN]}"


def _outputs(told: Record) -> dict[str, str]:
    files = told["outputs"] or ()
    return {path: f"{_content({'size': size, 'sha256': sha})}, mode {mode:o}" for path, sha, size, mode in files}
