"""What an environment that was just made says of itself: its files, their hashes, the imports that it gives."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from tampu.remote.choose import installed
from tampu.remote.choose.table import canonical
from tampu.remote.environments.environment_errors import NotProvided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tampu.envs.site import Distribution, Site
    from tampu.remote.choose.model import Choice

SHA256 = "sha256="
NO_MODULES = (".dist-info", ".data", ".libs", "__pycache__", "..")


def recorded(site: Site) -> dict[str, str]:
    """The sha256 of each file by its path from the root, as far as records tell."""
    inside = site.library.relative_to(site.root).as_posix()
    return {
        os.path.normpath(f"{inside}/{path}"): _hexadecimal(digest)
        for each in site.distributions()
        for path, digest, _ in _rows(each)
        if digest.startswith(SHA256)
    }


def short(site: Site) -> tuple[str, ...]:
    """Distributions with a file that has not the size that it was packed with: somebody wrote into uv's cache."""
    library = str(site.library)
    return tuple(each.name for each in site.distributions() if any(_odd(library, *row) for row in _rows(each)))


def refuse_unprovided(site: Site, choices: Iterable[Choice]) -> None:
    chosen = {each.name: each for each in choices}
    for name in installed.not_provided(installed.Site(folder=site.library), chosen):
        distribution = chosen[name].distribution
        raise NotProvided(name, distribution, _gives(site, distribution))


def _gives(site: Site, distribution: str) -> list[str]:
    infos = (each for each in site.distributions() if canonical(each.name) == distribution)
    tops = {path.partition("/")[0] for each in infos for path, _, _ in _rows(each)}
    return sorted({top.partition(".")[0] for top in tops if not top.endswith(NO_MODULES)})


def _rows(distribution: Distribution) -> Iterator[tuple[str, str, str]]:
    for row in distribution.rows():
        path, digest, size = (*row, "", "")[:3]
        yield path, digest, size


def _odd(library: str, path: str, digest: str, size: str) -> bool:
    if not digest or not size.isdigit():
        return False
    try:
        return size != str(os.stat(f"{library}/{path}").st_size)  # noqa: PTH116 - thousands of files
    except OSError:
        return True


def _hexadecimal(digest: str) -> str:
    text = digest.removeprefix(SHA256)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
