"""The environment of a script, made here for a host: there, nothing is resolved, fetched or built."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs import uv
from tampu.envs.explain import explained
from tampu.envs.provenance import spoilt
from tampu.envs.records import settle_record
from tampu.envs.scripts import START, settle_scripts
from tampu.envs.settle import LEFT_BY_INSTALLERS
from tampu.envs.site import Site
from tampu.remote.environments.environment_errors import NoWheel
from tampu.remote.environments.lock import by_a_python, client, client_env, for_target, with_logins
from tampu.remote.environments.made import TREE, keep, kept
from tampu.remote.environments.provided import recorded, refuse_unprovided, short
from tampu.remote.environments.target import own_kind
from tampu.remote.stores.trees import ENVS, Tree
from tampu.world import files
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.errors import TampuError
    from tampu.remote.choose.model import Choice
    from tampu.remote.environments.lock import Lock
    from tampu.remote.environments.target import Target
    from tampu.world import World

TRAMPOLINE = START.format(python="python")
NOT_BUILT = re.compile(r"Failed to (?:download and )?build `(?:[^`]* @ )?([^`]+)`")
# Where it was built is nobody's business over there.
OF_THIS_MACHINE = re.compile(r"(file://)[^\"]*(?=/)")
FOR_ANOTHER = "is not compatible with the target"
# Lines that belong to the one before them are indented.
BLOCKS = re.compile(r"(?m)^(?=\S)")
# For machines like the one that it was built on, whatever their C library.
OF_NO_LIBRARY = re.compile(r"(?m)^Tag: \S+-linux_\w+\s*$")


def environment(
    lock: Lock, target: Target, world: World, choices: Iterable[Choice] = (), *, anew: bool = False
) -> Tree | None:
    """What the lock says, laid out like a prefix; nothing where nothing is to be installed.

    `anew` is for when what was kept proves to be altered: then every file is read.
    """
    if not lock.id:
        return None
    place = place_of(lock, world)
    found = None if anew else kept(place)
    if found:
        return found
    world.say.step(f"Making the environment for Python {target.python}")
    with world.cache.workshop() as bench:
        site = Site(bench / TREE, target.series)
        _install(lock, target, site, world)
        if odd := spoilt(site) if anew else short(site):
            world.say.detail(f"Changed in uv's cache, and fetched anew: {', '.join(odd)}")
            program, env = client(world), client_env(world)
            world.run.ask(uv.forget(program, odd, Path(sys.executable), env))
            files.remove(site.root)
            _install(lock, target, site, world)
        refuse_foreign(site, target)
        _settle(site)
        refuse_unprovided(site, choices)
        if anew:
            files.remove(place)
        wish = Tree(kind=ENVS, id=lock.id, items={}, sources={}, notes=_notes(target))
        return keep(bench, place, wish, recorded(site))


def place_of(lock: Lock, world: World) -> Path:
    return world.cache.folder("remote") / ENVS / lock.id


def refuse_foreign(site: Site, target: Target) -> None:
    """What was built here works where the C library is no older."""
    if target.kind.runs_what_is_built_on(own_kind()):
        return
    for each in site.distributions():
        wheel = each.info / "WHEEL"
        if wheel.is_file() and OF_NO_LIBRARY.search(wheel.read_text(encoding="utf-8")):
            raise NoWheel(each.name, f"{each.name} {each.version} is built for {own_kind()}", target)


def _notes(target: Target) -> dict[str, str]:
    return {"python": target.interpreter, "version": target.series}


def _install(lock: Lock, target: Target, site: Site, world: World) -> None:
    """From what was fetched before if all is there, without a question to an index."""
    program, text = client(world), with_logins(lock)
    lists = [site.root.parent / name for name in ("hashed.txt", "other.txt")]
    blocks = [block for block in BLOCKS.split(text) if block.strip()]
    # Only files have hashes; a commit is one itself.
    parts = [[block for block in blocks if ("--hash=" in block) is hashed] for hashed in (True, False)]
    links = _one_place(site)
    for file, part, strict in zip(lists, parts, (("--require-hashes",), ()), strict=True):
        file.write_text("".join(part), encoding="utf-8")
        # Else a folder would be what it was when it was built for the first time.
        anew = uv.anew(tuple(block.partition(" @ ")[0] for block in part if " @ file:" in block))
        words = ("--prefix", str(site.root), "--no-deps", *strict, *anew, *for_target(target, world), "-r", str(file))
        if part:
            _place(program, words, lock, target, world)
    for place in (*links, *(site.root / name for name in LEFT_BY_INSTALLERS)):
        files.remove(place)


def _one_place(site: Site) -> list[Path]:
    """Whichever Python of ours the installer goes by, packages come to where the host's will look for them."""
    site.library.mkdir(parents=True)
    own = "python{}.{}".format(*sys.version_info[:2])
    links = {site.root / "lib64": "lib", site.root / "lib" / own: site.library.parent.name}
    made = [place for place in links if not place.exists()]
    for place in made:
        place.symlink_to(links[place])
    return made


def _place(program: Path, words: tuple[str, ...], lock: Lock, target: Target, world: World) -> None:
    env = {"UV_LINK_MODE": "hardlink", **client_env(world)}

    def place(python: Path) -> str:
        try:
            return world.run.ask(uv.place(program, python, ("--offline", *words), lock.root, env))
        except CommandFailed:
            return world.run.ask(uv.place(program, python, words, lock.root, env))

    try:
        by_a_python(place, target, world)
    except CommandFailed as error:
        raise _why(error, target) from error


def _why(error: CommandFailed, target: Target) -> TampuError:
    found = NOT_BUILT.search(error.output)
    if found and (FOR_ANOTHER in error.output or not target.kind.runs_what_is_built_on(own_kind())):
        return NoWheel(found[1].partition("==")[0], f"only a source of {found[1].replace('==', ' ')}", target)
    return explained(error)


def _settle(site: Site) -> None:
    """As it may lie anywhere; the host's interpreter comes into it there."""
    for name in ("bin/python", "bin/python3", f"bin/python{site.minor}", "pyvenv.cfg"):
        files.remove(site.root / name)
    for each in site.distributions():
        origin = each.info / "direct_url.json"
        if origin.is_file():
            files.replace(origin, OF_THIS_MACHINE.sub(r"\1", origin.read_text(encoding="utf-8")))
        settle_scripts(site, each, TRAMPOLINE)
        settle_record(site, each)
