"""A package and a host: which Python, which versions, and the trees that the host needs of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.remote.environments.environment import environment, place_of
from tampu.remote.environments.lock import Wanted, locked
from tampu.remote.environments.pythons import as_target, chosen, demand_of
from tampu.remote.environments.target import target_of
from tampu.remote.packages import packing
from tampu.remote.stores import store
from tampu.remote.stores.trees import CODE, ENVS, PYTHONS
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.remote.call.here import Here
    from tampu.remote.environments.lock import Lock
    from tampu.remote.environments.target import Target
    from tampu.remote.links.link import Link
    from tampu.remote.packages.package import Package
    from tampu.remote.stores.trees import Tree
    from tampu.world import World

    Python = tuple[Target, Tree | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`shipped` is a Python that is sent, where the host has none that fits."""

    package: Package
    target: Target
    lock: Lock
    shipped: Tree | None = None

    def needed(self) -> Iterator[tuple[str, str]]:
        """Kinds and IDs, each after those that it leans on."""
        if self.shipped:
            yield PYTHONS, self.shipped.id
        if self.lock.id:
            yield ENVS, self.lock.id
        yield CODE, self.package.tree.id

    def tree(self, kind: str, world: World) -> Tree | None:
        """What is made only where a host lacks it."""
        if kind == ENVS:
            return environment(self.lock, self.target, world, self.package.choices)
        return self.shipped if kind == PYTHONS else self.package.tree

    def done(self, world: World) -> None:
        """What the next host would wait for is made while nobody waits."""
        if self.lock.id:
            from tampu.remote.environments import bytecode

            bytecode.leave(place_of(self.lock, world), self.target)


def gathered(here: Here, link: Link, world: World) -> tuple[Package, Python]:
    """The script, or what was packed of it before, as it is for a Python of that host."""
    own = target_of(link.hello)
    package = packing.gathered(here, world, own.environment)
    python = _python_for(here, link, package, world)
    if python[0].series != own.series:
        package = packing.gathered(here, world, python[0].environment)
    packing.tell(here, package)
    return package, python


def _python_for(here: Here, link: Link, package: Package, world: World) -> Python:
    """By what the package asks for; else the series of this machine's environment."""
    asked = here.call.value("python") or here.conf.python
    demand = demand_of(package.python, "--python" if asked else f"the project of {package.entry}")
    usual = packing.usual_series(here, package.project)
    return as_target(chosen(demand, usual, link.hello, lambda: store.pythons(link), world), link.hello)


def settled(here: Here, package: Package, python: Python, world: World) -> Settled:
    target, shipped = python
    own = package.declared
    given = own.requirements if own.complete else ()
    wanted = Wanted(requirements=package.requirements, root=package.project, given=given)
    lock = locked(wanted, target, world, upgrade=here.call.asks("upgrade"))
    if here.call.asks("noisy"):
        here.say.detail(f"Python {target.python} at {target.interpreter} on {target.kind}")
        for line in lock.text.splitlines():
            here.say.output(line)
    return Settled(package=package, target=target, lock=lock, shipped=shipped)
