"""Layers as a lifecycle brings them to the next build: with the metadata of each, and without times and links."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TYPES = re.compile(r"\[types\]\n((?:\w+ = true\n)*)\n")


def restore(layers: Path, place: Path) -> Path:
    """Those with `cache = true`, and nothing else."""
    place.mkdir(parents=True)
    for file in layers.glob("*.toml"):
        types = TYPES.match(text := file.read_text(encoding="utf-8"))
        if types and "cache = true\n" in types[1]:
            (place / file.name).write_text(TYPES.sub("", text), encoding="utf-8")
            name = file.name.removesuffix(".toml")
            shutil.copytree(layers / name, place / name, symlinks=True, copy_function=shutil.copy)
    return place
