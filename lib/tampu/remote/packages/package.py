"""A package: all that a script needs to run somewhere else, by its content, and where it stood here."""

from __future__ import annotations

import hashlib
import json
import posixpath
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.python import python_requests
from tampu.facts.tree import Tree
from tampu.remote.call.conf_values import NAME, NAMED
from tampu.remote.choose import mods
from tampu.remote.choose.declared import Declared
from tampu.remote.choose.index import looked_up
from tampu.remote.choose.installed import sites_of
from tampu.remote.choose.model import Choice, Unsure
from tampu.remote.choose.mods import NO_MODS, distribution
from tampu.remote.environments.pythons import demand_of
from tampu.remote.found.every import every_file
from tampu.remote.found.tree import Project, project_of
from tampu.remote.packages.archives import by_content
from tampu.remote.packages.kept import MODS, digest, is_package, kept_in
from tampu.remote.packages.needs import Surroundings, needs
from tampu.remote.packages.placing import placed
from tampu.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tampu.facts.environment import Environment
    from tampu.remote.choose.index import Look
    from tampu.remote.choose.installed import Site
    from tampu.remote.choose.mods import Mods
    from tampu.remote.found.data_files import DataFile
    from tampu.remote.packages.kept import Kept
    from tampu.remote.packages.needs import Needs
    from tampu.remote.stores.trees import Tree as Travelling

ID_LENGTH = 16
OPTION = "--python"


class BadName(TampuError):
    reason = "remote::bad-name"
    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            title="That can't be the name of a package",
            found=excerpt(name) or "(nothing)",
            expected=NAMED,
            todo="Choose another with -n NAME.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to pack. `into` is where packages are made; `look` asks the index about a candidate.

    `trace` has the script run once on this machine.
    """

    cwd: Path
    home: Path
    into: Path | None = None
    name: str = ""
    python: str = ""
    sites: Sequence[Site] | None = None
    active: str = ""
    every_file: bool = False
    look: Look | None = None
    trace: Callable[[Project, Path], tuple[DataFile, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """`entry` and `cwd` count from `root`, which is what the tree is a part of; `python` is a PEP 440 range, or empty.

    `project` is where the project's own settings are.

    `outside` are files that the script names and that stay here; `told` is what a user may want to know of it all.
    """

    name: str
    id: str
    root: Path
    project: Path
    tree: Travelling
    entry: str
    cwd: str
    called: str = ""
    paths: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    declared: Declared = field(default_factory=Declared)
    choices: tuple[Choice, ...] = ()
    unsure: tuple[Unsure, ...] = ()
    left_out: tuple[str, ...] = ()
    python: str = ""
    data: tuple[DataFile, ...] = ()
    outside: tuple[DataFile, ...] = ()
    known: tuple[str, ...] = ()
    mods: str = ""
    made: str = ""
    told: tuple[str, ...] = ()

    @property
    def search_path(self) -> str:
        """PYTHONPATH for the run, from the folder on in which it starts; Python itself makes it whole at once."""
        return ":".join(posixpath.relpath(path, self.cwd) for path in self.paths)

    @property
    def folder(self) -> str:
        """What its folder is called, and what a user calls it."""
        return self.called or self.name or self.id


def pack(script: Path, words: tuple[str, ...], target: Environment, options: Options) -> Package:
    name = checked_name(options.name) if options.name else ""
    script = _whole(script)
    project = _project(script, options.home)
    before = _before(options)
    here = Surroundings(
        cwd=options.cwd,
        words=words,
        sites=sites_of(project.root, options.active) if options.sites is None else options.sites,
        mods=mods.read(before.mods, f"{name}/{MODS}") if before else NO_MODS,
        traced=options.trace(project, script) if options.trace else (),
    )
    found = _looked_up(needs(script, project, target, here), options.look)
    every = every_file(project.root) if options.every_file else ()
    where = placed(found, script, options.cwd, words, every)
    requirements = ruled(found.requirements, here.mods, before.known if before else ())
    python = demanded(found.declared, project.root, options.python)
    text = _text(found, requirements, before)
    return Package(
        name=name,
        id=identity(where.tree, where.entry, where.cwd, by_content(requirements, project.root), python),
        root=where.root,
        project=project.root,
        tree=where.tree,
        entry=where.entry,
        cwd=where.cwd,
        paths=where.paths,
        requirements=requirements,
        declared=found.declared,
        choices=found.choices,
        unsure=found.unsure,
        left_out=found.left_out,
        python=python,
        data=found.data,
        outside=found.outside,
        known=tuple(sorted({*(before.known if before else ()), *map(distribution, requirements)})),
        mods=text,
        made=before.made if before else digest(text),
        told=where.told,
    )


def _looked_up(found: Needs, look: Look | None) -> Needs:
    if look is None or not found.unsure:
        return found
    told = looked_up(found.unsure, look)
    chosen = tuple(each for each in told if isinstance(each, Choice))
    unsure = tuple(each for each in told if isinstance(each, Unsure))
    return replace(found, choices=(*found.choices, *chosen), unsure=unsure)


def _before(options: Options) -> Kept | None:
    """The older package of that name, if somebody has written in its conf/mods."""
    folder = (options.into or options.cwd) / options.name
    kept = kept_in(folder) if options.name and is_package(folder) else None
    return kept if kept and kept.edited else None


def ruled(requirements: Sequence[str], said: Mods, known: Sequence[str]) -> tuple[str, ...]:
    """What conf/mods says, and what has come since: of what was known before, a line that is gone was taken away."""
    settled = {*known, *map(distribution, said.requirements)} if said.requirements or known else set()
    return (*said.requirements, *(each for each in requirements if distribution(each) not in settled))


def _text(found: Needs, requirements: Sequence[str], before: Kept | None) -> str:
    """conf/mods; one that was edited goes on as it is, with what is new below."""
    listed = {each.name for each in found.declared.requirements}
    undecided = found.unsure
    if before:
        there = {*before.known, *map(distribution, mods.read(before.mods, MODS).requirements)}
        new = [each for each in requirements if distribution(each) not in there]
        more = mods.written(new, (), undecided).removeprefix(mods.HEAD).strip("\n")
        told = f"\n{more}\n" if more and more not in before.mods else ""
        return before.mods.rstrip("\n") + "\n" + told
    guessed = [each for each in found.choices if each.distribution not in listed]
    own = {each.distribution for each in guessed}
    return mods.written([each for each in requirements if distribution(each) not in own], guessed, undecided)


def _whole(script: Path) -> Path:
    """From the top, and without `..`, which after a link leads to where it leads for the kernel."""
    whole = script.absolute()
    return whole.parent.resolve() / whole.name if ".." in whole.parts else whole


def _project(script: Path, home: Path) -> Project:
    """A script that is a link imports what is beside the file it leads to."""
    project = project_of(script, home)
    real = script.resolve()
    if real == script or not script.is_symlink():
        return project
    return Project(root=project.root, folders=tuple(dict.fromkeys((real.parent, *project.folders))))


def demanded(declared: Declared, root: Path, given: str = "") -> str:
    """The Pythons that it may run on: by the user's word, the script's own block, or the project's files."""
    if asked := demand_of(given, OPTION):
        return asked.spec
    if declared.in_script and declared.python:
        return declared.python
    return next((request.spec for request in python_requests(Tree(root))), "")


def identity(tree: Travelling, entry: str, cwd: str, requirements: Sequence[str], python: str) -> str:
    whole = json.dumps([tree.id, entry, cwd, list(requirements), python])
    return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:ID_LENGTH]


def checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise BadName(name)
    return name
