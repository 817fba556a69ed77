"""RECORD and its neighbours: the same whoever installed, true to what settling changed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tampu.envs.site import SETTLED, recorded
from tampu.envs.supervision import MODULES
from tampu.world import files

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.envs.site import Distribution, Site

# Notes that an installer leaves for itself; uv's hold times.
NOTES = ("INSTALLER", "REQUESTED", "uv_cache.json", "uv_build.json")


def settle_record(site: Site, distribution: Distribution) -> None:
    info = distribution.info.name
    for note in NOTES:
        files.remove(distribution.info / note)
    files.replace(distribution.info / "INSTALLER", SETTLED)
    ours = {f"{info}/{note}" for note in NOTES} | {f"{info}/RECORD"}
    rows = [row for row in distribution.rows() if row[0] not in ours and not row[0].endswith(".pyc")]
    settled = [tuple(row) if row[1] and not _touched(row[0], info) else _again(site.library, row[0]) for row in rows]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(sorted([*settled, _again(site.library, f"{info}/INSTALLER"), (f"{info}/RECORD", "", "")]))
    files.replace(distribution.info / "RECORD", text.getvalue())


def _touched(name: str, info: str) -> bool:
    """Whether settling may have written that file anew."""
    if name in {f"{info}/direct_url.json", *MODULES}:
        return True
    return name.startswith(("..", "__editable__")) or name.endswith(".pth")


def _again(library: Path, name: str) -> tuple[str, ...]:
    data = (library / name).read_bytes()
    return name, recorded(data), str(len(data))
