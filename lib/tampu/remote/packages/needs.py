"""All that a script needs to run somewhere else, each part with the reason for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tampu.remote.choose.chosen import Evidence
from tampu.remote.choose.declared import Declared, declared
from tampu.remote.choose.model import Choice, Unsure
from tampu.remote.choose.mods import NO_MODS
from tampu.remote.found.data_files import data_files, gathered, named
from tampu.remote.found.reach import reached
from tampu.remote.found.tree import SRC
from tampu.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tampu.facts.environment import Environment
    from tampu.remote.choose.installed import Site
    from tampu.remote.choose.mods import Mods
    from tampu.remote.found.data_files import DataFile
    from tampu.remote.found.reach import Foreign, Reached
    from tampu.remote.found.tree import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where the script would be started here, with which words, and what else is known here."""

    cwd: Path
    words: tuple[str, ...] = ()
    sites: Sequence[Site] = ()
    mods: Mods = NO_MODS
    traced: tuple[DataFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """`left_out` are imports that the script can do without, and that nothing here asks for."""

    project: Project
    modules: tuple[Path, ...]
    imports: tuple[Foreign, ...]
    data: tuple[DataFile, ...]
    outside: tuple[DataFile, ...]
    declared: Declared
    choices: tuple[Choice, ...]
    unsure: tuple[Unsure, ...]
    left_out: tuple[str, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the project itself lists, then what was chosen beside that: each distribution once."""
        listed = self.declared.installed
        names = {each.name for each in listed}
        chosen = {each.distribution: each.requirement for each in self.choices if each.distribution not in names}
        return (*(each.line for each in listed), *chosen.values())


@dataclass(slots=True, kw_only=True)
class _Decided:
    choices: dict[str, Choice] = field(default_factory=dict)
    unsure: dict[str, Unsure] = field(default_factory=dict)
    left_out: dict[str, None] = field(default_factory=dict)


def needs(script: Path, project: Project, target: Environment, here: Surroundings) -> Needs:
    own = declared(script, project.shown(script), project.root, target)
    # A folder that is listed is not installed: its modules come along as those of the project do.
    listed = [project.root / folder for folder in own.folders]
    project = project.reading(*(place for folder in listed for place in (folder / SRC, folder)))
    found, uses = _followed(project, script.absolute(), target, here.cwd)
    project = found.project
    decided = _decided(project, found.foreign, Evidence(declared=own, mods=here.mods, sites=here.sites))
    data = gathered([*uses, *named(project, here.cwd, here.words), *here.traced])
    return Needs(
        project=project,
        modules=tuple(found.trees),
        imports=found.foreign,
        data=tuple(each for each in data if each.lies and each.path not in found.trees),
        outside=tuple(each for each in data if not each.lies),
        declared=own,
        choices=tuple(decided.choices.values()),
        unsure=tuple(decided.unsure.values()),
        left_out=tuple(name for name in decided.left_out if name not in decided.choices),
    )


def _followed(project: Project, script: Path, target: Environment, cwd: Path) -> tuple[Reached, list[DataFile]]:
    """With the modules of all scripts that the script starts in turn."""
    scripts = [script]
    while True:
        found = reached(project, scripts, target.python, partial(_holds, target))
        trees = [(path, tree) for path, tree in found.trees.items() if tree]
        uses = [use for path, tree in trees for use in data_files(found.project, cwd, tree, path)]
        started = (use.path for use in uses if use.starts and use.lies and use.path.suffix == ".py")
        more = [path for path in dict.fromkeys(started) if path not in found.trees]
        if not more:
            return found, uses
        scripts += more


def _holds(target: Environment, marker: str) -> bool:
    return not marker or target.meets(marker, "an import")


def _decided(project: Project, imports: Iterable[Foreign], evidence: Evidence) -> _Decided:
    decided = _Decided()
    for each in imports:
        where = f"{project.shown(each.path)}:{each.what.line}"
        if any(name in decided.choices for name in evidence.reduced(each.what.instead_of or ("",))):
            continue
        for name in evidence.reduced(each.what.candidates):
            if each.what.optional:
                _perhaps(decided, name, evidence)
            elif name not in decided.choices and name not in decided.unsure:
                _surely(decided, evidence.choose(name, where), project)
    return decided


def _perhaps(decided: _Decided, name: str, evidence: Evidence) -> None:
    found = None if name in decided.choices else evidence.backed(name)
    if found:
        decided.choices[name] = found
    else:
        decided.left_out[name] = None


def _surely(decided: _Decided, found: Choice | Unsure, project: Project) -> None:
    if isinstance(found, Choice):
        decided.choices[found.name] = found
    elif not project.loose(found.name):
        alike = project.alike(found.name)
        because = f"{found.because}; {alike} is there, in another case" if alike else found.because
        decided.unsure[found.name] = replace(found, because=because)
