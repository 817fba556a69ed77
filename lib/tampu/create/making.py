"""From templates and values to files, and from these to a plan for a folder."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.create import ground, secrets
from tampu.create.plan import Change, Fate, Plan
from tampu.create.rendering import BadTemplate
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tampu.create.model import Made, Template, Values, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a stack of templates makes: `files` for the project, `base` the same without what was told in secret."""

    files: Mapping[str, Made]
    base: Mapping[str, Made]
    values: Values


def generate(stack: Sequence[Template], values: Values, variables: Iterable[Variable], folder: Path) -> Generated:
    files, told = _render(stack, values, folder)
    hidden = secrets.hidden(variables)
    base = _render(stack, {**told, **hidden}, folder)[0] if hidden else files
    return Generated(files=files, base=base, values=told)


def _render(stack: Sequence[Template], values: Values, folder: Path) -> tuple[dict[str, Made], Values]:
    """A file that several templates make is as the last one makes it."""
    files: dict[str, Made] = {}
    for template in stack:
        rendered = template.render(values, folder)
        values = rendered.values
        for made in rendered.files:
            before = files[made.path].origins if made.path in files else ()
            files[made.path] = replace(made, origins=(*before, *made.origins))
    _refuse_folders(files)
    return files, values


def _refuse_folders(files: Mapping[str, Made]) -> None:
    """What one template makes as a file can't be a folder of another one's."""
    for path, made in files.items():
        for parent in list(PurePosixPath(path).parents)[:-1]:
            if str(parent) in files:
                place = ", ".join((*files[str(parent)].origins, *made.origins))
                raise BadTemplate(place, f"{parent}, and {path} in it", "a file or a folder")


def plan(folder: Path, files: Iterable[Made], records: Iterable[Made], differing: Fate) -> Plan:
    """`differing` is what becomes of files that are there and are other ones."""
    there = folder.is_dir()
    if not there:
        ground.refuse_blocked(folder)
    changes = tuple(_change(folder, made, differing) for made in sorted(files, key=lambda made: made.path))
    return Plan(folder=folder, fresh=not there, changes=(*changes, *recorded(folder, records)))


def _change(folder: Path, made: Made, differing: Fate) -> Change:
    old = ground.read(folder, made.path)
    fate = Fate.NEW if old is None else Fate.SAME if old == made.data else differing
    return Change(path=made.path, fate=fate, data=made.data, executable=made.executable, origins=made.origins, old=old)


def recorded(folder: Path, records: Iterable[Made]) -> Iterator[Change]:
    for made in records:
        old = ground.read(folder, made.path)
        yield Change(path=made.path, fate=Fate.SAME if old == made.data else Fate.RECORD, data=made.data, old=old)
