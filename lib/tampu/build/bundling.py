"""All that a build of an app needs, in one folder: decided as for a build, then collected."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tampu.build.bundle_packages import Order, collect
from tampu.build.bundle_programs import interpreter, nginx, runtimes
from tampu.build.bundle_shelf import Shelf
from tampu.build.decide import planned
from tampu.build.materials import gather
from tampu.build.model import Target
from tampu.build.story import own_tools, say, survey_of
from tampu.envs.collecting import Search
from tampu.values import dataclass
from tampu.world import files
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tampu.build.materials import Materials
    from tampu.envs.tools import Tools
    from tampu.facts.app import App
    from tampu.facts.requirements import Packages
    from tampu.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """What is in the bundle now."""

    place: Path
    python: str
    nginx: str
    platform: str
    series: tuple[str, ...]
    packages: tuple[tuple[str, str, str], ...]
    size: int
    notices: tuple[Notice, ...]


def bundle(target: Target, world: World, place: Path, platform: str) -> Bundled:
    """`platform` is in uv's words, and empty for that of this machine."""
    tools = own_tools(world)
    app = survey_of(target, world)
    materials = gather(app, target, world)
    plan = planned(materials, app, target, world, tools)
    say(plan, world)
    shelf = Shelf.beside(place, world)
    with world.cache.workshop() as bench, ExitStack() as afterwards:
        afterwards.callback(files.remove, shelf.folder)
        scratch = Target(app=target.app, layers=bench / "layers")
        world.say.step("Collecting Python")
        bootstrap = runtimes(materials.interpreter, target, shelf)
        python = interpreter(materials.interpreter, target, scratch, shelf)
        version = nginx(materials.serving, target, scratch, shelf)
        search = _search(materials, python, platform, target, tools, world)
        series = collect(Order(search=search, materials=materials, target=target, shelf=shelf))
        size = shelf.bytes
        shelf.put_at(place, bootstrap)
    left_out = tuple(_left_out(app))
    for notice in left_out:
        world.say.notice(notice)
    return Bundled(
        place=place,
        python=search.version,
        nginx=version,
        platform=platform or target.machine,
        series=series,
        packages=shelf.packages,
        size=size,
        notices=(*plan.notices, *left_out),
    )


def _search(materials: Materials, python: Path, platform: str, target: Target, tools: Tools, world: World) -> Search:
    return Search(
        python=python,
        version=materials.interpreter.choice.version,
        platform=platform,
        app=target.app / materials.packages.root,
        tools=tools,
        world=world,
        options=materials.packages.options,
        hashes=_hashes(materials.packages),
    )


def _hashes(packages: Packages) -> Mapping[str, tuple[str, ...]]:
    """A package may be named more than once, for different Pythons."""
    hashes: dict[str, tuple[str, ...]] = {}
    for each in packages.requirements:
        hashes[each.name or ""] = (*hashes.get(each.name or "", ()), *each.hashes)
    return hashes


def _left_out(app: App) -> Iterator[Notice]:
    """What a build fetches from elsewhere, and no bundle has."""
    if app.service and app.service.systempackages:
        names = ", ".join(app.service.systempackages)
        text = (
            f"Packages of the distribution are not in the bundle: {names}.\nThe machine that builds has to reach them."
        )
        yield Notice(name="bundle::system-packages", text=text)
    if app.tree.has("nltk.txt"):
        text = "NLTK's data, which nltk.txt names, is not in the bundle.\nThe machine that builds has to reach it."
        yield Notice(name="bundle::nltk-data", text=text)
