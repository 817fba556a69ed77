"""Whether what is installed is what was packed and pinned: an installer with a cache takes its word for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu.envs.site import recorded
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.envs.site import Distribution, Site

NOTE = "pins.json"


def spoilt(site: Site) -> tuple[str, ...]:
    """New distributions whose files are not those of their wheels: an app wrote into them, and so into the cache."""
    new = (distribution for distribution in site.distributions() if not distribution.settled)
    return tuple(distribution.name for distribution in new if not _is_whole(distribution, str(site.library)))


def _is_whole(distribution: Distribution, library: str) -> bool:
    return all(_digest(f"{library}/{name}") == digest for name, digest, *_ in distribution.rows() if digest)


def _digest(path: str) -> str:
    """Of thousands of files: a Path for each would take longer than their hashes."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return recorded(file.read())
    except OSError:
        return ""


def repinned(site: Site, pins: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The installed distributions that were taken when other hashes, or none, were asked for."""
    note = site.root / NOTE
    old: dict[str, list[str]] = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    installed = {distribution.name for distribution in site.distributions()}
    return tuple(
        name
        for name, hashes in pins.items()
        if name in installed and not (name in old and set(old[name]) <= set(hashes))
    )


def note_pins(site: Site, pins: Mapping[str, tuple[str, ...]]) -> None:
    """For the build that will stand on this one."""
    files.remove(site.root / NOTE)
    if pins:
        files.replace(site.root / NOTE, json.dumps(dict(pins), sort_keys=True, indent=0) + "\n")
