"""Layers that a lifecycle restores, keeps and puts into images: folders, each with a file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.toml import BadToml, read_toml
from tampu.platforms.cnb_toml import table
from tampu.world import files
from tampu.world.cache import Cache, Hit, Key, Miss
from tampu.world.files import File
from tampu.world.manifest import NOT_WHOLE

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = ("apt", "keeper", "nginx", "python", "site")
# A layer's `lib` is where every program of the image looks for libraries; those of nginx are for nginx only.
NESTED = ("nginx",)


class RestoredLayers(Cache):
    """The layers of the last image stand where those of this one will be: to use one is to leave it there."""

    def __init__(self, root: Path, layers: Path) -> None:
        super().__init__(root)
        self._layers = layers

    def find(self, name: str, key: Key, ground: frozenset[str] = frozenset()) -> Hit | Miss:
        if name not in LAYERS:
            return super().find(name, key, ground)
        place = self._layers / name
        old = restored_key(place)
        if old is None:
            return Miss(("there is none in the cache",))
        changes = key.changes_since(old)
        if not changes:
            return Hit(place)
        return Miss(changes, previous=place if key.shares(old, ground) else None)

    def keep(self, name: str, key: Key, tree: Path) -> Path:
        return tree if name in LAYERS else super().keep(name, key, tree)

    def _odd(self, place: Path) -> str:
        """The lifecycle has checked it by its digest, and has given its files the time of now."""
        return "" if (place / "tree").is_dir() else NOT_WHOLE


def restored_key(place: Path) -> Key | None:
    """What a layer that is really there was made from."""
    beside = place.with_name(f"{place.name}.toml")
    if not (place.is_dir() and beside.is_file()):
        return None
    try:
        document = read_toml(beside.read_text(encoding="utf-8"), beside.name)
    except (BadToml, UnicodeDecodeError):
        return None
    metadata = document.get("metadata")
    parts = metadata.get("key") if isinstance(metadata, dict) else None
    return Key({name: str(value) for name, value in parts.items()}) if isinstance(parts, dict) else None


def described(name: str, *types: str, key: Key | None = None) -> File:
    """The file beside a layer; `types` are some of launch, build and cache."""
    parts = table("metadata.key", key.parts) if key else ""
    return File(path=f"{name}.toml", text=table("types", dict.fromkeys(types, True)) + parts)


def unfold(layers: Path) -> None:
    """Bring nested layers to where builds make and find them."""
    for name in NESTED:
        if (layers / name / name).is_dir():
            _exchange(layers / name, layers / name / name)


def _exchange(place: Path, inner: Path) -> None:
    beside = place.with_name(f"{place.name}.new")
    inner.rename(beside)
    files.remove(place)
    beside.rename(place)


def fold(place: Path) -> Path:
    """Give a layer the form that it has in an image; where its tree is then."""
    if place.name not in NESTED:
        return place
    beside = place.with_name(f"{place.name}.new")
    files.remove(beside)
    beside.mkdir()
    place.rename(beside / place.name)
    beside.rename(place)
    return place / place.name
