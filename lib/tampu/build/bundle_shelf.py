"""The folder that becomes a bundle: files with their hashes, and at last the index of them all."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tampu.envs.bundle import PACKAGE, bundle_of, path_of
from tampu.envs.mirror import FORMAT, INDEX, digest
from tampu.values import dataclass, field
from tampu.world import files
from tampu.world.fetch import Pin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.envs.collecting import Found
    from tampu.world import World

WHEELS = "wheels"
ANY = "any"
SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip")


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What was collected so far; `earlier` has the files of an older bundle, by their sha256.

    `addresses` are those that files stand for in the bundle that this one is made from, if it is.
    """

    folder: Path
    world: World
    earlier: Mapping[str, Path]
    addresses: Mapping[str, str]
    entries: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def beside(cls, place: Path, world: World) -> Shelf:
        """An empty one beside the place that it is for; what a killed call has left there goes."""
        folder = place.with_name(f".{place.name}.new")
        files.remove(folder)
        (folder / WHEELS).mkdir(parents=True)
        old = bundle_of({"TAMPU_MIRROR": str(place)})
        earlier = {file.pin.sha256: path_of(file) for file in (old.mirror.files if old else ())}
        origin = bundle_of(world.environ)
        addresses = {file.pin.sha256: file.address for file in (origin.packages if origin else ())}
        return cls(folder=folder, world=world, earlier=earlier, addresses=addresses)

    def take(self, pin: Pin, arch: str, name: str) -> Path:
        """Put the pinned file there under that name, once."""
        place = self.folder / name
        if name not in self.entries:
            self.bring(pin, place)
            self.note(pin.name, pin.version, arch, name)
        return place

    def bring(self, pin: Pin, place: Path) -> None:
        """From an older bundle, if that has it."""
        old = self.earlier.get(pin.sha256)
        if old and old.is_file() and digest(old) == pin.sha256:
            shutil.copyfile(old, place)
        else:
            self.world.fetch.get(pin, place)

    def take_package(self, found: Found) -> Path:
        """Under its own name; what came from an address, which may end in anything, under that of its package."""
        suffix = next((suffix for suffix in SUFFIXES if found.file.endswith(suffix)), "")
        file = f"{found.name.replace('-', '_')}-{found.version}{suffix}" if found.address and suffix else found.file
        name = f"{WHEELS}/{file}"
        if name not in self.entries:
            pin = Pin(name=found.name, version=found.version, url=found.url, sha256=found.sha256)
            self.bring(pin, self.folder / name)
            self.note(PACKAGE + found.name, found.version, ANY, name, found.address)
        return self.folder / name

    def note(self, name: str, version: str, arch: str, file: str, address: str = "") -> None:
        """A file that is in the folder already."""
        sha256 = digest(self.folder / file)
        address = address or self.addresses.get(sha256, "")
        (self.folder / file).chmod(0o644)
        row = {"name": name, "version": version, "arch": arch, "file": file, "sha256": sha256}
        self.entries[file] = {**row, "address": address} if address else row

    def put_at(self, place: Path, bootstrap: str) -> None:
        """Write the index, and let the folder be the bundle from now on."""
        rows = sorted(self.entries.values(), key=lambda row: row["file"])
        document = {"format": FORMAT, "wheels": WHEELS, "files": rows}
        texts = {INDEX: json.dumps(document, indent=1) + "\n", "bootstrap": bootstrap}
        files.write(self.folder, [files.File(path=path, text=text) for path, text in texts.items()])
        old = place.with_name(f".{place.name}.old")
        files.remove(old)
        if place.exists():
            place.rename(old)
        self.folder.rename(place)
        files.remove(old)

    @property
    def packages(self) -> tuple[tuple[str, str, str], ...]:
        """Name, version and file of each."""
        rows = (row for row in self.entries.values() if row["name"].startswith(PACKAGE))
        return tuple((row["name"].removeprefix(PACKAGE), row["version"], row["file"]) for row in rows)

    @property
    def bytes(self) -> int:
        return sum((self.folder / file).stat().st_size for file in self.entries)
