"""What an engine needs on a host: an environment of a lock of ours, and files; made and sent as any script's are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.requirements import Requirement
from tampu.remote.environments.environment import environment
from tampu.remote.environments.lock import Wanted, locked
from tampu.remote.environments.pythons import Demand, as_target, chosen
from tampu.remote.runs.running import Spec
from tampu.remote.stores import store

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.remote.environments.lock import Lock
    from tampu.remote.environments.target import Target
    from tampu.remote.links.link import Link
    from tampu.remote.stores.store import Progress
    from tampu.remote.stores.trees import Tree
    from tampu.world import World

LINE = re.compile(r"(?m)^([\w.-]+)==[^\\\n]*")
HASH = re.compile(r"--hash=(\S+)")
BLOCKS = re.compile(r"(?m)^(?=[\w])")
PYTHON = Demand(spec=">=3.10", origin="--engine dask", text=">=3.10")


def made(link: Link, lock: Path, files: Tree, world: World) -> tuple[Spec, tuple[Tree, ...]]:
    """How a program in it is run, and the trees for that."""
    target, shipped = as_target(chosen(PYTHON, "", link.hello, lambda: store.pythons(link), world), link.hello)
    settled, packages = installed(lock, target, world)
    spec = Spec(argv=("",), tree=files.id, environment=settled.id, python=target.interpreter)
    return spec, (*((shipped,) if shipped else ()), packages, files)


def installed(lock: Path, target: Target, world: World) -> tuple[Lock, Tree]:
    rows = tuple(
        _row(block, lock.name) for block in BLOCKS.split(lock.read_text(encoding="utf-8")) if LINE.match(block)
    )
    wanted = Wanted(requirements=tuple(row.line for row in rows), root=lock.parent, given=rows)
    settled = locked(wanted, target, world)
    packages = environment(settled, target, world)
    assert packages  # noqa: S101 - a lock of ours is never empty
    return settled, packages


def _row(block: str, origin: str) -> Requirement:
    found = LINE.match(block)
    line = found[0].strip() if found else ""
    return Requirement(line=line, name=line.partition("==")[0], origin=origin, hashes=tuple(HASH.findall(block)))


def bring(link: Link, trees: tuple[Tree, ...], progress: Progress) -> None:
    for tree in trees:
        store.provide(link, tree, progress)
