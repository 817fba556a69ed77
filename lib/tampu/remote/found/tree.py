"""Where a script's own modules are: the folders that it imports from, and the files in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.entries.files import INIT, inside, is_file, is_folder
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNS = (
    *("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "tampu.toml", "cloudpy.conf"),
    *("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", ".git"),
)
SRC = "src"
COMPILED = ".so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`folders` are what sys.path begins with when the script runs."""

    root: Path
    folders: tuple[Path, ...]

    def find(self, name: str) -> tuple[Path, ...]:
        """The files that importing it runs, its packages first; as far as it is there, and none if nothing is."""
        return next((files for folder in self.folders if (files := within(folder, name))), ())

    def reading(self, *more: Path) -> Project:
        """The same, with modules in more folders."""
        return Project(root=self.root, folders=tuple(dict.fromkeys((*self.folders, *more))))

    def inside(self, package: str) -> Iterator[Path]:
        """Every module of a package, be it one without a file that makes it so."""
        for folder in self.folders:
            yield from _all_in(folder / package.replace(".", "/"))

    def loose(self, name: str) -> bool:
        """Whether a folder has that name and modules, but no file that makes it a package."""
        tops = [folder / name.partition(".")[0] for folder in self.folders]
        return any(is_folder(top) and any(each.suffix == ".py" for each in inside(top)) for top in tops)

    def alike(self, name: str) -> str:
        """A module or package of the project whose name differs in no more than its case."""
        top = name.partition(".")[0]
        found = (each for folder in self.folders for each in inside(folder) if each.stem.lower() == top.lower())
        return next((each.name for each in found if each.suffix == ".py" or is_file(each / INIT)), "")

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def project_of(script: Path, home: Path) -> Project:
    """The nearest folder above that looks like a project's, though never the home of it all; else the script's own."""
    beside = script.absolute().parent
    above = [each for each in (beside, *beside.parents) if each not in {home, each.parent}]
    root = next((each for each in above if any((each / sign).exists() for sign in SIGNS)), beside)
    src = (root / SRC,) if is_folder(root / SRC) and not is_file(root / SRC / INIT) else ()
    return Project(root=root, folders=tuple(dict.fromkeys((beside, root, *src))))


def within(folder: Path, name: str) -> tuple[Path, ...]:
    """The files of a dotted name below a folder, as far as there are any."""
    found: list[Path] = []
    for part in name.split("."):
        package = folder / part / INIT
        module = next(_modules(folder, part), None)
        if is_file(package):
            found.append(package)
            folder = folder / part
        elif module:
            return (*found, module)
        elif is_folder(folder / part):
            folder = folder / part
        else:
            break
    return tuple(found)


def _all_in(package: Path) -> Iterator[Path]:
    for each in inside(package):
        if is_folder(each):
            yield from _all_in(each)
        elif each.suffix == ".py":
            yield each


def _modules(folder: Path, name: str) -> Iterator[Path]:
    if is_file(folder / f"{name}.py"):
        yield folder / f"{name}.py"
    yield from (each for each in inside(folder) if each.suffix == COMPILED and each.name.split(".")[0] == name)
