"""A settled package is run over there, and what comes of it is taken in here."""

from __future__ import annotations

import os.path
import posixpath
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote.call import secrets
from tampu.remote.call.options import RUN
from tampu.remote.packages.placing import plain
from tampu.remote.quick import remembering
from tampu.remote.runs import record
from tampu.remote.runs.record import SEARCH_PATH
from tampu.remote.runs.running import Ends, Spec
from tampu.remote.runs.signals import Signals
from tampu.remote.runs.telling import Progress, told
from tampu.remote.runs.terminal import raw, size
from tampu.remote.runs.vault import Vault
from tampu.remote.runs.watch import Lacks
from tampu.remote.runs.witness import Noted, Witness, written
from tampu.remote.stores import fetching, store
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.remote.call.here import Here
    from tampu.remote.environments.settling import Settled
    from tampu.remote.links.link import Link
    from tampu.remote.packages.package import Package
    from tampu.remote.runs.running import Outcome
    from tampu.remote.stores.trees import Tree
    from tampu.world import World

# Of our own environment, what makes a terminal work.
OF_TERMINALS = ("TERM", "COLORTERM")


def carried_out(here: Here, link: Link, ready: Settled, world: World) -> int:
    spec = spec_of(here, ready)
    about = record.about(here, link, spec, ready)
    memory = remembering.memory_of(here, link, spec, about)
    before = fetching.baseline(link, ready.package)
    ends = Ends(stdin=None) if spec.detached else Ends()
    witness = Witness(str(here.data), about, spec.name, ends.stdin)
    outcome = followed(here, link, spec, partial(ready.tree, world=world), ends, witness)
    if spec.detached and outcome.running:
        witness.leave()
        fetching.note(here, outcome.name, before)
        here.say.document(f"{outcome.name}\n")
    else:
        witness.end(outcome, written(link, outcome.name))
    Vault(folder=here.data).keep(ready.package.tree, ready.lock.text)
    if outcome.running:
        return 0
    if here.call.asks("fetch"):
        fetching.bring_back(here, link, outcome.name, before)
    _tidy(here, link, outcome, ready)
    if memory and not (outcome.error or outcome.lost):
        memory.keep()
    ready.done(world)
    return told(here.say, link.host.name, outcome)


def spec_of(here: Here, ready: Settled) -> Spec:
    package, call = ready.package, here.call
    tty = call.asks("tty")
    return Spec(
        argv=("", os.path.relpath(package.entry, package.cwd), *(there(word, package) for word in call.words[1:])),
        cwd="" if package.cwd == "." else package.cwd,
        tree=package.tree.id,
        environment=ready.lock.id,
        python=ready.target.interpreter,
        env=env(here, secrets.variables(here), package.search_path, tty=tty),
        tty=tty,
        size=size(1, 0, 2),
        detached=call.asks("detach"),
    )


def env(here: Here, given: Mapping[str, str], path: str, *, tty: bool) -> dict[str, str]:
    """What it is given, after `path` on PYTHONPATH, and what a terminal of its own needs."""
    usual = {name: here.environ[name] for name in OF_TERMINALS if tty and name in here.environ}
    search = ":".join(each for each in (path, given.get(SEARCH_PATH, "")) if each)
    return {**usual, **given, **({SEARCH_PATH: search} if search else {})}


def there(word: str, package: Package) -> str:
    """A whole path into the project, by its place in the run's own copy; any other word as it is."""
    name, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    place = plain(Path(value))
    if not value.startswith("/") or not place.is_relative_to(package.root):
        return word
    path = place.relative_to(package.root).as_posix()
    if not {path, posixpath.dirname(path) or "."} & package.tree.places:
        return word
    tail = "/" if value.endswith("/") else ""
    return f"{name}{equals}{posixpath.relpath(path, package.cwd)}{tail}"


def followed(
    here: Here, link: Link, spec: Spec, trees: Callable[[str], Tree | None], ends: Ends, witness: Witness
) -> Outcome:
    """What the host says it lacks is given to it; what was read of our input meanwhile is not lost."""
    with Signals() as signals:
        watch = Noted(link, spec.wish(), ends, signals)
        watch.witness = witness
        while True:
            try:
                with raw(0) if spec.tty else nullcontext():
                    return watch.follow()
            except Lacks as lacks:  # noqa: PERF203 - seldom
                # While something is sent, Ctrl-C is for us.
                signals.leave()
                for kind, _ in lacks.missing:
                    tree = trees(kind)
                    if tree:
                        store.provide(link, tree, Progress(here, link.host.name))
                signals.heed()


def brought(here: Here, link: Link, ready: Settled, world: World) -> None:
    """All that it needs is there from now on."""
    for kind, name in ready.needed():
        if not store.ready(link, kind, name):
            tree = ready.tree(kind, world)
            if tree:
                store.provide(link, tree, Progress(here, link.host.name))
    ready.done(world)


def _tidy(here: Here, link: Link, outcome: Outcome, ready: Settled) -> None:
    """Nobody looks at a run again that has no name; with -c all goes that it alone has used."""
    call = here.call
    if call.asks("cls") or not (ready.package.name or RUN in call.steps):
        store.remove(link, "run", outcome.name)
    alone = (("tree", ready.package.tree.id), ("env", ready.lock.id)) if call.asks("cls") else ()
    for what, name in alone:
        for thing, why in store.remove(link, what, name).left if name else ():
            text = f"{thing} stays on {link.host.name}: {why}."
            here.say.notice(Notice(name="remote-in-use", text=text))
