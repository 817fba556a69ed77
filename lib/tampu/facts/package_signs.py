"""Files that look as if they told which packages an app needs, and do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.lockfile import open_toml
from tampu.facts.requirements import Packages
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.facts.requirements import Requirement
    from tampu.facts.tree import Tree

NAMES = (
    "requirements.txt",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pdm.lock",
    "pylock.toml",
    "pyproject.toml",
    "setup.py",
)
FOR_A_PURPOSE = re.compile(r"requirements[-_.](?!txt)\w+\.txt|\w+[-_.]requirements\.txt", re.IGNORECASE)
ALIKE = 0.85
CONDA = ("environment.yml", "environment.yaml")


class Unlocked(TampuError):
    reason = "package-manager::no-lock"

    def __init__(self, found: str, lock: str, command: str) -> None:
        super().__init__(
            title=f"{lock} is not there",
            found=found,
            expected=f"{lock} beside it, so that each build gets the same versions",
            todo=f"Make it, commit it (is it in .gitignore?) and build again:\n\n    {command}",
        )


class Misnamed(TampuError):
    reason = "package-manager::misnamed"

    def __init__(self, found: str, name: str) -> None:
        super().__init__(
            title=f"{found} is not a name that is looked for",
            found=found,
            expected=f"{name}, at the root of the app",
            todo=f"Rename it, commit it and build again:\n\n    git mv {found} {name}",
        )


class OnlyInFolder(TampuError):
    reason = "package-manager::only-in-folder"

    def __init__(self, files: list[str]) -> None:
        super().__init__(
            title="Requirements are only in a folder, which may hold several lists",
            found=excerpt(", ".join(files)),
            expected="requirements.txt at the root of the app",
            todo=f"Make a requirements.txt with this line, commit it and build again:\n\n    -r {files[0]}",
        )


class Conda(TampuError):
    reason = "package-manager::conda"

    def __init__(self, name: str) -> None:
        super().__init__(
            title="Environments of conda can't be built",
            found=name,
            expected="packages of Python's own index: requirements.txt, uv.lock, pyproject.toml …",
            todo=(
                "Write what the app imports into a requirements.txt, for example with\n\n"
                "    pip list --format=freeze > requirements.txt\n\n"
                "in the environment that conda made, commit it and build again."
            ),
        )


class MissingProject(TampuError):
    reason = "requirements::missing-project"

    def __init__(self, requirement: Requirement, found: str) -> None:
        super().__init__(
            title=f"{requirement.origin} names a project that is not there",
            found=excerpt(found),
            expected=(
                f"for {excerpt(requirement.line)}\na wheel, an archive, or a folder with a pyproject.toml or setup.py"
            ),
            todo=(
                f"Commit it (is it in .gitignore?), or mend {requirement.origin}.\n"
                "Such paths count from the root of the app, as with pip."
            ),
        )


def refuse_unlocked(tree: Tree) -> None:
    """Stop for the files of a manager that works from a lock, when the lock is not there."""
    if tree.has("Pipfile"):
        raise Unlocked("Pipfile", "Pipfile.lock", "pipenv lock")
    tools = open_toml(tree, "pyproject.toml").table("tool")
    poetry = tools.table("poetry")
    if poetry.table("dependencies").values.keys() - {"python"} or "group" in poetry.values:
        raise Unlocked("pyproject.toml with tool.poetry", "poetry.lock", "poetry lock")
    if tools.table("pdm").values.keys() & {"dev-dependencies", "source", "resolution"}:
        raise Unlocked("pyproject.toml with tool.pdm", "pdm.lock", "pdm lock")
    if tools.table("uv").values.keys() & {"sources", "workspace", "index", "dev-dependencies"}:
        raise Unlocked("pyproject.toml with tool.uv", "uv.lock", "uv lock")


def none_found(tree: Tree) -> Packages:
    """An app without packages; unless a file shows that it was meant to have some."""
    for found, name in _misspelled(tree):
        raise Misnamed(found, name)
    folder = sorted(f"requirements/{path.name}" for path in (tree.root / "requirements").glob("*.txt"))
    if folder:
        raise OnlyInFolder(folder)
    for name in CONDA:
        if tree.has(name):
            raise Conda(name)
    text = (
        "This app asks for no packages\n\n"
        f"None of these is at its root: {', '.join(NAMES[:4])},\n{', '.join(NAMES[4:])}.\n"
        "If it needs some, commit the file that lists them (is it in .gitignore?)."
    )
    because = "no file lists packages"
    return Packages(
        manager="none", because=because, notices=(Notice(name="package-manager::none", text=text),), complete=True
    )


def oddities(tree: Tree, manager: str) -> tuple[Notice, ...]:
    """What a user may have meant otherwise, though the build can go on."""
    misspelled = _misspelled(tree) if manager == "project" else []
    return (*(_ignored(*pair) for pair in misspelled), *(_environment(name) for name in _virtualenvs(tree)))


def refuse_missing_projects(tree: Tree, requirements: Iterable[Requirement]) -> None:
    for requirement in requirements:
        if requirement.local:
            place = tree.root / requirement.local.path
            if not place.exists():
                raise MissingProject(requirement, f"nothing at {requirement.local.path}")
            if place.is_dir() and not any((place / name).is_file() for name in ("pyproject.toml", "setup.py")):
                raise MissingProject(requirement, f"{requirement.local.path}, a folder without any of these")


def _misspelled(tree: Tree) -> list[tuple[str, str]]:
    """Files whose names are almost right, each with the name that is."""
    present = sorted(path.name for path in tree.root.iterdir() if path.is_file())
    pairs = ((found, _meant(found)) for found in present if found not in NAMES)
    return [(found, name) for found, name in pairs if name and name not in present]


def _meant(found: str) -> str | None:
    by_case = next((name for name in NAMES if name.lower() == found.lower()), None)
    if by_case or FOR_A_PURPOSE.fullmatch(found):
        return by_case
    import difflib

    closest = difflib.SequenceMatcher(None, found.lower(), "requirements.txt").ratio()
    return "requirements.txt" if closest >= ALIKE else None


def _ignored(found: str, name: str) -> Notice:
    text = f"{found} is not read\n\nIf it was meant to be {name}, rename it, commit it and build again."
    return Notice(name="package-manager::misnamed", text=text)


def _virtualenvs(tree: Tree) -> list[str]:
    return sorted(path.parent.name for path in tree.root.glob("*/pyvenv.cfg"))


def _environment(name: str) -> Notice:
    text = (
        f"The app has a virtual environment in it: {name}/\n\n"
        "It is not used: the build makes its own. Take it out, so that uploads are faster:\n\n"
        f"    git rm -r --cached {name} && echo {name}/ >> .gitignore"
    )
    return Notice(name="app::virtualenv", text=text)
