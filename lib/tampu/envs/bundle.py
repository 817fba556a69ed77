"""A mirror in a folder that has the packages of a build, too: whoever installs from it asks nobody else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tampu.envs.mirror import INDEX, digest, mirror_of
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.mishaps import NotFound, WrongHash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.envs.mirror import Mirror, MirrorFile

PACKAGE = "package:"


class Unlisted(TampuError):
    reason = "bundle::unlisted"

    def __init__(self, folder: Path, names: list[str]) -> None:
        super().__init__(
            title="A bundle has files that its index doesn't know",
            found="\n".join(names[:8]),
            expected=f"in {folder} only what index.json lists, with its sha256",
            todo="Take them away. What the app needs is added by making the bundle anew: tampu bundle APP.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """It is complete, and so it goes before all indexes that an app or its user has set."""

    folder: Path
    mirror: Mirror

    @property
    def wheels(self) -> Path:
        return self.folder / self.mirror.wheels

    @property
    def packages(self) -> tuple[MirrorFile, ...]:
        return tuple(file for file in self.mirror.files if file.pin.name.startswith(PACKAGE))

    @property
    def settings(self) -> dict[str, str]:
        """The words for package clients; as an address, the folder may have any name."""
        return {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": self.wheels.as_uri(),
            "PIP_CONFIG_FILE": os.devnull,
            "UV_OFFLINE": "1",
        }

    def named(self, name: str) -> tuple[MirrorFile, ...]:
        return tuple(file for file in self.mirror.files if file.pin.name == PACKAGE + name)


def bundle_of(environ: Mapping[str, str]) -> Bundle | None:
    """The bundle that TAMPU_MIRROR names, if that is one."""
    location = environ.get("TAMPU_MIRROR", "")
    try:
        folder = Path(unquote(urlsplit(location).path) if location.startswith("file:") else location).absolute()
        folder = folder.parent if folder.name == INDEX else folder
        index = folder / INDEX
        there = bool(location) and index.is_file()
    except (ValueError, OSError):
        # No folder can be called so; who reads mirrors says it better.
        there = False
    if not there:
        return None
    text = index.read_text(encoding="utf-8-sig", errors="replace")
    mirror = mirror_of(text, folder.as_uri() + "/", str(index))
    return Bundle(folder=folder, mirror=mirror) if mirror.wheels else None


def verify(environ: Mapping[str, str]) -> None:
    """Refuse to install from a bundle with files that are not those of its index."""
    bundle = bundle_of(environ)
    if bundle is None:
        return
    files = {path_of(file): file for file in bundle.packages}
    there = sorted(path for path in bundle.wheels.iterdir() if path.is_file()) if bundle.wheels.is_dir() else []
    if more := [path.name for path in there if path not in files]:
        raise Unlisted(bundle.wheels, more)
    for path, file in files.items():
        if not path.is_file():
            raise NotFound(str(path), "no such file")
        if (found := digest(path)) != file.pin.sha256:
            raise WrongHash(str(path), file.pin.sha256, found)


def path_of(file: MirrorFile) -> Path:
    return Path(unquote(urlsplit(file.pin.url).path))
