"""The first step at the command: a script, or a package that was made before, becomes what can travel."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.platforms.surroundings import open_at_home, with_mirror
from tampu.remote.choose import index
from tampu.remote.choose.installed import PLACES, sites_of
from tampu.remote.choose.model import TOLD, Undecided
from tampu.remote.environments import target
from tampu.remote.environments.lock import client
from tampu.remote.found.tracing import traced
from tampu.remote.found.tree import project_of
from tampu.remote.packages import folder, package
from tampu.remote.packages.kept import MODS
from tampu.remote.packages.package import Options
from tampu.remote.packages.script import from_script, script_of
from tampu.remote.runs.telling import choices
from tampu.values import replace
from tampu.world.run import Command

if TYPE_CHECKING:
    from tampu.facts.environment import Environment
    from tampu.remote.call.here import Here
    from tampu.remote.found.data_files import DataFile
    from tampu.remote.found.tree import Project
    from tampu.remote.packages.package import Package
    from tampu.world import World

SERIES = re.compile(r"python(3\.[0-9]+)")


def world_of(here: Here) -> World:
    """With tampu's own tools loaded."""
    made = open_at_home(with_mirror(here.environ), here.say)
    client(made)
    return made


def packed(here: Here, world: World, environment: Environment) -> Package:
    """Of the script that is asked for."""
    call = here.call
    script = script_of(here)
    if call.asks("name"):
        package.checked_name(call.value("name"))
    options = Options(
        cwd=here.cwd,
        home=here.home,
        name=call.value("name") or here.conf.name,
        python=call.value("python") or here.conf.python,
        active=here.environ.get("VIRTUAL_ENV", ""),
        every_file=call.asks("files"),
        look=partial(index.look, world) if call.asks("search") else None,
        trace=partial(_trace, here, world) if call.asks("trace") else None,
    )
    return package.pack(script, call.words[1:], environment, options)


def gathered(here: Here, world: World, environment: Environment) -> Package:
    """The script's, or what -P has made before, with all that was edited since."""
    if from_script(here):
        return packed(here, world, environment)
    return folder.read_folder(here.cwd / here.call.words[0], environment)


def refuse_undecided(here: Here, found: Package) -> None:
    """A package that has a folder here can be mended in it."""
    has_folder = bool(here.call.steps or found.name)
    if found.unsure:
        raise Undecided(found.unsure, f"{found.folder}/{MODS}" if has_folder else f"the {MODS} that -P makes")


def usual_series(here: Here, root: Path) -> str:
    """That of the environment on this machine."""
    sites = sites_of(root, here.environ.get("VIRTUAL_ENV", ""))
    found = SERIES.search(str(sites[0].folder)) if sites else None
    return found[1] if found else "{}.{}".format(*sys.version_info[:2])


def own_environment(here: Here) -> Environment:
    """For who packs and has not said for which host."""
    series = usual_series(here, project_of(here.cwd / here.call.words[0], here.home).root)
    own = target.own_environment()
    return own if own.python.startswith(f"{series}.") else replace(own, python=f"{series}.0")


def _trace(here: Here, world: World, project: Project, script: Path) -> tuple[DataFile, ...]:
    """Once, for however many hosts it is packed; with the Python of the project's own environment, if it has one."""
    if script not in here.traces:
        places = (here.environ.get("VIRTUAL_ENV", ""), *(str(project.root / place) for place in PLACES))
        own = (Path(place, "bin", "python") for place in places if place)
        python = next((str(each) for each in own if each.is_file()), sys.executable)
        started = Command(argv=(python, str(script), *here.call.words[1:]), cwd=here.cwd, env=dict(here.environ))
        here.say.step("Running the script on this machine, to see which files it touches")
        here.traces[script] = traced(world.run, project, started)
    return here.traces[script]


def tell(here: Here, made: Package) -> None:
    """What was guessed is said once, and not with each run again."""
    noisy = here.call.asks("noisy")
    told = [[each.name, each.requirement] for each in made.choices if each.confidence != TOLD]
    rest = [
        *made.told,
        *(f"{each.path} stays here: it lies outside of the project ({each.why})" for each in made.outside),
    ]
    digest = hashlib.sha256(json.dumps([told, rest]).encode()).hexdigest()
    note = here.cache / "told" / digest
    if not (noisy or told or rest or made.unsure) or (note.exists() and not noisy and not made.unsure):
        return
    here.say.step(f"Packing {made.entry}")
    choices(here, made.choices, made.unsure, made.left_out)
    for line in rest:
        here.say.detail(line)
    if noisy:
        here.say.detail(f"{len(made.tree.items)} files, {made.tree.size} bytes, from {made.root}")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
