"""Many runs at the command: who is asked to run what, and what such a run needs of us."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tampu.remote.call.conf_values import DASK, SLURM, SSH
from tampu.remote.call.options import WrongCall
from tampu.remote.engines import Setting, tooling
from tampu.remote.engines.dask import Dask
from tampu.remote.engines.slurm import Slurm, shown
from tampu.remote.engines.ssh import Ssh
from tampu.remote.environments.settling import gathered, settled
from tampu.remote.packages import packing
from tampu.remote.rows import many
from tampu.remote.rows.many import Many
from tampu.remote.rows.table import rows_of
from tampu.remote.runs.over import brought, spec_of
from tampu.remote.runs.running import Ends
from tampu.remote.runs.signals import Signals
from tampu.remote.runs.telling import Progress
from tampu.remote.stores import store
from tampu.values import dataclass, field
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.remote.call.here import Here
    from tampu.remote.engines import Reach
    from tampu.remote.links.link import Link
    from tampu.remote.rows.many import Making
    from tampu.remote.runs.running import Spec
    from tampu.remote.stores.trees import Tree
    from tampu.world import World

ENGINES: Mapping[str, Making] = {SSH: Ssh, DASK: Dask, SLURM: Slurm}
ENCRYPTED = ("tls://", "wss://")
RESULTS = "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The cargo of many runs: settled for each host anew, by one thread at a time."""

    here: Here
    world: World
    id: str
    alone: threading.Lock = field(default_factory=threading.Lock)

    def ready(self, link: Link) -> Spec:
        with self.alone:
            package, python = gathered(self.here, link, self.world)
            packing.refuse_undecided(self.here, package)
            made = settled(self.here, package, python, self.world)
            for kind, _ in made.needed():
                made.tree(kind, self.world)
        brought(self.here, link, made, self.world)
        return spec_of(self.here, made)

    def tools(self, link: Link, lock: Path, files: Tree) -> Spec:
        with self.alone:
            spec, trees = tooling.made(link, lock, files, self.world)
        tooling.bring(link, trees, Progress(self.here, link.host.name))
        return spec

    def bring(self, reach: Reach, run: str, into: Path) -> None:
        if self.here.call.asks("fetch"):
            link = reach()
            store.fetch(link, run, store.changed(link, run), into)

    def forget(self, reach: Reach, run: str) -> None:
        store.remove(reach(), "run", run)


def run(here: Here, world: World) -> int:
    engine = engine_of(here)
    many_runs = _many(here)
    if here.call.asks("dry-run"):
        here.say.document(shown(many_runs))
        return 0
    own = packing.own_environment(here)
    package = packing.gathered(here, world, own)
    packing.refuse_undecided(here, package)
    with Signals() as signals:
        cargo = Script(here=here, world=world, id=package.id)
        return many.run(many_runs, cargo, Ends(stdin=None), signals, ENGINES[engine])


def names(here: Here) -> tuple[str, ...]:
    """The hosts that are asked for, else those of the configuration."""
    asked = tuple(each.strip() for each in here.call.value("hosts").split(",") if each.strip())
    one = here.call.value("host")
    return asked or ((one,) if one else here.conf.hosts or (here.conf.host,))


def _many(here: Here) -> Many:
    call = here.call
    table = call.value("map")
    rows = rows_of(here.cwd / table, header=call.asks("header")) if table else ()
    results = call.value("results") or (RESULTS if table else "")
    retries = call.number("retries", 0)
    return Many(
        hosts=tuple(here.host(name) for name in names(here)),
        rows=rows,
        results=here.cwd / results if results else None,
        retries=here.conf.retries if retries is None else retries,
        retry_failed=call.asks("retry-failed"),
        title=" ".join(call.words),
        setting=Setting(
            jobs=call.number("jobs", 1) or here.conf.jobs,
            scheduler=_scheduler(here),
            slurm=call.values("slurm-option"),
        ),
    )


def engine_of(here: Here) -> str:
    """One run on each host is always ours to begin; what an engine can't do is said before anything is begun."""
    call = here.call
    name = call.value("engine") or (here.conf.engine if call.asks("map") else SSH)
    if name not in ENGINES:
        raise WrongCall(f"--engine {name}", f"--engine {', or '.join(ENGINES)}")
    if name != SSH and not call.asks("map"):
        raise WrongCall(f"--engine {name} without rows", f"--engine {name} --map FILE; or --hosts alone")
    if name == SLURM:
        _refuse_for_slurm(here)
    elif call.asks("dry-run"):
        raise WrongCall("--dry-run", "--dry-run with --engine slurm")
    if name == DASK and _scheduler(here):
        _refuse_for_others_cluster(here, _scheduler(here))
    return name


def _refuse_for_slurm(here: Here) -> None:
    found = names(here)
    if len(found) > 1:
        raise WrongCall(f"--engine slurm with {len(found)} hosts", "--engine slurm --host HOST, a login node")
    if here.call.asks("fetch"):
        raise WrongCall("--fetch with --engine slurm", "a script that writes to a folder of the cluster's own")
    for option in here.call.values("slurm-option"):
        if not option.startswith("-") or not option.isprintable():
            raise WrongCall(f"--slurm-option {option}", "--slurm-option --partition=x, or another option of sbatch")


def _refuse_for_others_cluster(here: Here, scheduler: str) -> None:
    if here.call.asks("fetch"):
        raise WrongCall("--fetch with a scheduler that is there", "--fetch with --engine ssh, or without --scheduler")
    if scheduler.startswith(ENCRYPTED):
        return
    if here.call.asks("secrets") or here.conf.secrets:
        raise WrongCall(f"secrets by way of {scheduler}", "a scheduler at tls://…, or none: then connections have TLS")
    if here.call.asks("env") or here.conf.env:
        text = f"The script's variables go to {scheduler} and its workers in plain text."
        here.say.notice(Notice(name="remote-plain-text", text=text))


def _scheduler(here: Here) -> str:
    return here.call.value("scheduler") or here.conf.scheduler
