"""Which Python an app is served by: the one that its packages are installed for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.detect import is_python
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.world.console import Console

ENVIRONMENTS = (".venv", "venv")
ROOTS = (".git", ".hg")
# Where others keep programs apart from each other, and so tampu from the app.
APART = ("pipx_metadata.json", "uv-receipt.toml")


class NoPython(TampuError):
    reason = "serve::no-python"
    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            title=f"There is no Python at {path}",
            found=f"{'a folder' if path.is_dir() else 'no program'} at {path}",
            expected="a Python from 3.10 on, that has the app's packages",
            todo="Name another one with --python, or leave that out.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    python: Path
    because: str


def find(folder: Path, environ: Mapping[str, str], say: Console, chosen: Path | None = None) -> Home:
    """`folder` is where the config is."""
    if chosen:
        if not os.access(chosen, os.X_OK) or chosen.is_dir():
            raise NoPython(chosen)
        return Home(python=chosen, because="--python")
    folders = tuple(_upwards(folder, environ))
    return _active(environ) or _beside(folders) or _built(folders, environ, say) or _own()


def _upwards(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """The config's folder, and those above up to the project's, if that is to be told."""
    every = (folder, *folder.parents)
    ends = [number for number, each in enumerate(every) if any((each / name).exists() for name in ROOTS)]
    for each in every[: ends[0] + 1 if ends else 1]:
        if str(each) not in {environ.get("HOME"), "/"} or each == folder:
            yield each


def _active(environ: Mapping[str, str]) -> Home | None:
    if environ.get("VIRTUAL_ENV"):
        return _of(Path(environ["VIRTUAL_ENV"]), "VIRTUAL_ENV says so")
    own = Path(sys.prefix)
    if sys.prefix != sys.base_prefix and not any((own / name).exists() for name in APART):
        return Home(python=Path(sys.executable), because="tampu is installed there")
    return None


def _beside(folders: tuple[Path, ...]) -> Home | None:
    every = ((folder, name) for folder in folders for name in ENVIRONMENTS)
    return next(filter(None, (_of(folder / name, f"there is {name} in {folder}") for folder, name in every)), None)


def _of(environment: Path, because: str) -> Home | None:
    python = environment / "bin" / "python"
    return Home(python=python, because=because) if python.exists() else None


def _built(folders: tuple[Path, ...], environ: Mapping[str, str], say: Console) -> Home | None:
    """What says which packages it needs gets them."""
    project = next((each for each in folders if is_python([path.name for path in each.iterdir()])), None)
    if not project:
        return None
    from tampu.serve import remembered

    python = remembered.python(project, environ)
    if not python:
        from tampu.serve import building

        python = building.build(project, environ, say)
        remembered.keep(project, environ, python)
    return Home(python=python, because=f"built from the files of {project}")


def _own() -> Home:
    return Home(python=Path(sys.executable), because="nothing says what the app needs")
