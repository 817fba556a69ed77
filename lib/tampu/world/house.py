"""Where tampu's own files stand: a checkout, or the copy inside an installed package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def house() -> Path:
    """The folder that has `config/` and `vendor/`."""
    inside = PACKAGE / "house"
    return inside if inside.is_dir() else PACKAGE.parents[1]


def own_mirror(place: Path | None = None) -> Path | None:
    """The mirror that this tampu carries along, if it does: everything that a build would fetch, in `mirror/`."""
    mirror = (place or house()) / "mirror"
    return mirror if (mirror / "index.json").is_file() else None


def carried_files() -> Path:
    """Where Cloud Foundry's packager puts what manifest.yml lists: each file in a folder named for its address."""
    return house() / "dependencies"
