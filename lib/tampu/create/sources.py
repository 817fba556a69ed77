"""Where templates come from, and in which order those that need others are used."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.create import installed, repositories
from tampu.create.layout import ABOUT, FolderTemplate, read
from tampu.create.rendering import BadTemplate
from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass, field
from tampu.world.console import without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tampu.create.installed import InstalledTemplate
    from tampu.create.model import Template
    from tampu.world import World

OURS = Path(__file__).with_name("projects")
USUAL = "basic_package"
# What templates of old require of Paste Script itself.
OF_OLD = {"PasteScript#basic_package": USUAL}


class UnknownTemplate(TampuError):
    reason = "create::unknown-template"
    exit_code = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        near = get_close_matches(name, names, n=1)
        super().__init__(
            title=f"There is no template {excerpt(name)}",
            found=excerpt(name),
            expected=(
                f"one of {', '.join(names)};\n"
                "a folder, as in ./templates/shop; or a git repository, as in git+https://host/shop.git@v1"
            ),
            todo=f"Choose one: tampu create --template {near[0] if near else USUAL} PROJECT",
        )


def ours() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in OURS.iterdir() if (folder / ABOUT).is_file()))


def is_folder(name: str) -> bool:
    return name.startswith((".", "~")) or "/" in name


@dataclass(frozen=True)
class Sources:
    """`project` is where environments are looked for, too; `bench` is a folder for what is brought from elsewhere."""

    project: Path
    world: World
    bench: Path
    _asked: dict[Path, tuple[InstalledTemplate, ...]] = field(default_factory=dict)
    _fetched: dict[str, FolderTemplate] = field(default_factory=dict)

    def stack(self, names: Sequence[str]) -> tuple[Template, ...]:
        """Each template once, behind those that it requires."""
        found: dict[str, Template] = {}
        for name in names:
            self._add(self.find(name), found, ())
        return tuple(found.values())

    def addresses(self, before: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
        """What finds them from any folder; another state of a repository stands in place of the one before."""
        instead = {repositories.base(address): address for address in (self.find(name).address for name in now)}
        kept = tuple(instead.pop(_now(name, instead.values()), name) for name in before)
        return (*kept, *instead.values())

    def find(self, name: str) -> Template:
        if repositories.is_address(name):
            return self._of_repository(name)
        if is_folder(name):
            folder = Path(name).expanduser().resolve()
            return read(folder, folder.name, str(folder))
        if name in ours():
            return read(OURS / name, name, name, __version__)
        return self._installed(name)

    def listed(self) -> tuple[Template, ...]:
        """Ours, and what is installed under other names."""
        found: dict[str, Template] = {name: self.find(name) for name in ours()}
        for each in self._of_packages():
            found.setdefault(each.name, each)
        return tuple(found.values())

    def _of_packages(self) -> Iterator[InstalledTemplate]:
        """No environment is asked twice, and none before it has to be."""
        for environment in installed.environments(self.project, self.world):
            if environment.python not in self._asked:
                self._asked[environment.python] = environment.templates()
            yield from self._asked[environment.python]

    def _installed(self, name: str) -> Template:
        known = []
        for each in self._of_packages():
            if name in {each.name, each.address} and not (each.broken and name in OF_OLD):
                return each
            known.append(each.name)
        if name in OF_OLD:
            return self.find(OF_OLD[name])
        raise UnknownTemplate(name, (*ours(), *known))

    def _of_repository(self, name: str) -> FolderTemplate:
        if name not in self._fetched:
            checkout = repositories.fetch(name, self.bench / f"repository{len(self._fetched)}", self.world)
            address = without_credentials(name)
            self._fetched[name] = read(checkout.folder, checkout.name, address, checkout.commit)
        return self._fetched[name]

    def _add(self, template: Template, found: dict[str, Template], path: tuple[str, ...]) -> None:
        if template.address in found or template.address in path:
            return
        for name in template.requires:
            self._add(self._required(name, template), found, (*path, template.address))
        found[template.address] = template

    def _required(self, name: str, by: Template) -> Template:
        """A folder's is beside it; what came from elsewhere names no folder of this machine."""
        if not isinstance(by, FolderTemplate) or not is_folder(name) or repositories.is_address(name):
            return self.find(name)
        beside = (by.folder / name).resolve()
        if not by.folder.is_relative_to(self.bench):
            return read(beside, beside.name, str(beside))
        if not beside.is_relative_to(by.folder):
            raise BadTemplate(f"{by.name}: requires", name, "a folder in the same repository, as in ./more")
        return read(beside, beside.name, f"{by.address}#{name}", by.version)


def _now(address: str, known: Iterable[str]) -> str:
    """What to look for in its place: the same repository, or a folder of that name where this one is gone."""
    if repositories.is_address(address) or not is_folder(address) or Path(address).is_dir():
        return repositories.base(address)
    folders = (each for each in known if is_folder(each) and not repositories.is_address(each))
    return next((each for each in folders if Path(each).name == Path(address).name), address)
