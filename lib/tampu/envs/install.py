"""Brings an environment to what is wished for, by uv or by pip, with the same result."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tampu.envs import pip, pips, uv
from tampu.envs.bundle import verify
from tampu.envs.bytecode import UNTIMED
from tampu.envs.clients import client_settings, uv_options
from tampu.envs.explain import Conflict, explained, full_disk
from tampu.envs.provenance import note_pins, repinned, spoilt
from tampu.values import dataclass, field
from tampu.world import files
from tampu.world.environ import NO_BYTECODE, tool_env
from tampu.world.memory import exhausted
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.envs.site import Site
    from tampu.envs.tools import Tools
    from tampu.envs.wishes import Wishes
    from tampu.facts.requirements import Packages
    from tampu.world import World
    from tampu.world.run import Command

NO_INDEX = "--no-index"
COPIED = {"UV_LINK_MODE": "copy"}
COMPILED = {
    # Else uWSGI links to whatever the machine happens to have, and images that the app runs on have not.
    "UWSGI_PROFILE_OVERRIDE": "xml=false;yaml=embedded;json=false",
    # What is only for debuggers names the folder in which it was compiled.
    "LDFLAGS": "-Wl,--strip-debug",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An environment, its interpreter, and what it shall hold; `more` is for what is compiled on the way."""

    site: Site
    python: Path
    app: Path
    packages: Packages
    wishes: Wishes
    tools: Tools
    world: World
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def pins(self) -> dict[str, tuple[str, ...]]:
        return {each.name: each.hashes for each in self.packages.requirements if each.name and each.hashes}

    @property
    def deps(self) -> tuple[str, ...]:
        """A complete list of packages is installed as it is."""
        return ("--no-deps",) if self.packages.complete else ()

    @property
    def ours(self) -> tuple[Path, ...]:
        """A list with nothing in it would only make an installer wonder."""
        return (self.wishes.platform,) if self.wishes.platform.stat().st_size else ()

    @property
    def theirs(self) -> tuple[Path, ...]:
        hashed = any(each.hashes for each in self.packages.requirements)
        return (*((self.wishes.hashed,) if hashed else ()), self.wishes.plain)

    def env(self) -> dict[str, str]:
        environ = self.world.environ
        caches = {"UV_CACHE_DIR": "uv", "PIP_CACHE_DIR": "pip"}
        folders = {variable: str(self.world.cache.folder(name)) for variable, name in caches.items()}
        linking = COPIED if self.site.series < UNTIMED else {}
        settings = {**client_settings(environ), **NO_BYTECODE, **COMPILED, **linking, **self.more}
        return {**tool_env(environ), **settings, **folders}


def install(job: Job, installer: str) -> None:
    verify(job.world.environ)
    try:
        {"uv": _by_uv, "pip": _by_pip}[installer](job)
    except CommandFailed as error:
        # What a full disk has cut short would be loaded by every later pip.
        files.remove(job.world.cache.folder("pip") / pip.BYTECODE)
        raise explained(error) from error
    try:
        job.world.run.ask(_check(job))
    except CommandFailed as error:
        raise full_disk(error.output) or exhausted(error) or Conflict(error.output) from error
    note_pins(job.site, job.pins)


def _by_uv(job: Job) -> None:
    options = (*uv_options(job.world.environ), *job.deps)
    ours, theirs = _named(job.ours), _named(job.theirs)
    if ours and NO_INDEX in job.packages.options:
        # The app's folders don't have our packages; once installed, they are not looked for there.
        _run_uv(job, (*options, *ours))
    words = (*options, *ours, *theirs)
    _run_uv(job, (*uv.anew(repinned(job.site, job.pins)), *words))
    if odd := spoilt(job.site):
        job.world.say.detail(f"Changed in uv's cache, and fetched anew: {', '.join(odd)}")
        job.world.run.run(uv.forget(job.tools.uv, odd, job.python, job.env()))
        _run_uv(job, (*uv.anew(odd), *words))


def _named(files: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(("-r", str(file)) for file in files))


def _run_uv(job: Job, words: tuple[str, ...]) -> None:
    job.world.run.run(uv.install(job.tools.uv, job.python, words, job.app, job.env()))


def _by_pip(job: Job) -> None:
    place = pips.path_for(job.site.minor, job.tools, job.world)
    for file in (*job.ours, *job.theirs):
        deps = () if file in job.ours else job.deps
        job.world.run.run(pip.install(place, job.python, (*deps, "-r", str(file)), job.app, job.env()))


def _check(job: Job) -> Command:
    if job.site.series < uv.OLDEST:
        return pip.check(pips.path_for(job.site.minor, job.tools, job.world), job.python, job.env())
    return uv.check(job.tools.uv, job.python, job.env())
