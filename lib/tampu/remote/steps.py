"""The steps of a script's way to another machine and back: pack, sync, run, clean.

What takes long to load is loaded where it is needed, and while ssh is on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.remote.call.options import CLEAN, PACK, RUN, SYNC
from tampu.remote.call.secrets import variables
from tampu.remote.packages.kept import NoPackage, is_package
from tampu.remote.packages.script import from_script, script_of

if TYPE_CHECKING:
    from tampu.remote.call.here import Here
    from tampu.remote.environments.settling import Settled
    from tampu.remote.links.link import Link
    from tampu.remote.packages.package import Package
    from tampu.world import World


def perform(here: Here) -> int:
    steps = here.call.steps
    code = 0
    called = here.call.words[0]
    _look_first(here)
    if steps != CLEAN:
        if here.call.many:
            from tampu.remote.packages import packing
            from tampu.remote.rows import fleet

            return fleet.run(here, packing.world_of(here))
        if PACK in steps and not {SYNC, RUN} & set(steps):
            called = _packed(here)
        else:
            with here.link(meanwhile=_load) as link:
                code, called = _travel(here, link)
    if CLEAN in steps:
        from tampu.remote.packages import folder

        folder.removed(here.cwd / called)
    return code


def _look_first(here: Here) -> None:
    """What can be said at once is said before anything is begun."""
    steps = here.call.steps
    if from_script(here):
        script_of(here)
    elif not is_package(here.cwd / here.call.words[0]):
        raise NoPackage(here.cwd / here.call.words[0])
    if not steps or {SYNC, RUN} & set(steps):
        for name in _hosts(here):
            here.host(name)
        variables(here)


def _hosts(here: Here) -> tuple[str, ...]:
    if not here.call.many:
        return ("",)
    from tampu.remote.rows import fleet

    return tuple(fleet.names(here))


def _load() -> None:
    from tampu.remote.environments import settling  # noqa: F401 - for those who import them next
    from tampu.remote.runs import over  # noqa: F401 - see above


def _packed(here: Here) -> str:
    from tampu.remote.packages import packing

    package = packing.packed(here, packing.world_of(here), packing.own_environment(here))
    packing.tell(here, package)
    return _leave(here, package)


def _travel(here: Here, link: Link) -> tuple[int, str]:
    """The exit code, and what the package's folder is called."""
    from tampu.remote.environments import settling
    from tampu.remote.packages import packing
    from tampu.remote.runs import over

    world = packing.world_of(here)
    steps = here.call.steps
    package, python = settling.gathered(here, link, world)
    called = here.call.words[0]
    if PACK in steps or (not steps and package.name):
        called = _leave(here, package)
    packing.refuse_undecided(here, package)
    ready = settling.settled(here, package, python, world)
    if SYNC in steps and RUN not in steps:
        sync(here, link, ready, world)
        return 0, called
    return over.carried_out(here, link, ready, world), called


def sync(here: Here, link: Link, ready: Settled, world: World) -> None:
    """All of it there, but nothing run."""
    from tampu.remote.runs import over

    over.brought(here, link, ready, world)
    here.say.news(f"{ready.package.folder} is on {link.host.name}")


def _leave(here: Here, package: Package) -> str:
    """The package's folder here, for people to look at and to edit; its name goes to stdout where nothing runs."""
    from tampu.remote.packages import folder

    place = folder.written(package, here.cwd)
    if RUN not in here.call.steps and here.call.steps:
        here.say.document(f"{place.name}\n")
    return place.name
