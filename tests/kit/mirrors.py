"""Folders such as TAMPU_MIRROR may name: runtimes with an index of their versions and hashes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs import movable
from tampu.envs.mirror import put
from tampu.envs.packing import pack
from tampu.platforms.surroundings import open_at_home
from tampu.world.console import PlainConsole
from tests.kit import interpreters, nginx, require, store, upstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ARCH = platform.machine()
PINS = Path(__file__).resolve().parents[2] / "vendor" / "pythons.json"
ARCHIVE = "python.tar.gz"


def make_mirror(folder: Path, versions: Iterable[str]) -> Path:
    """A mirror with these versions in it: made of the machine's interpreters, or else fetched by their pins."""
    folder.mkdir(parents=True, exist_ok=True)
    installed = interpreters.installed()
    files = [_add(folder, version, _source(version, installed)) for version in versions]
    files.append(_add_nginx(folder))
    (folder / "index.json").write_text(json.dumps({"format": 1, "files": files}, indent=1), encoding="utf-8")
    return folder


def patches(mirror: Path) -> dict[str, str]:
    """The newest version that the mirror has of each series: {"3.12": "3.12.1"}."""
    listed: list[dict[str, str]] = json.loads((mirror / "index.json").read_text(encoding="utf-8"))["files"]
    return _newest_of_each_series(file["version"] for file in listed if file["name"] == "python")


def versions_to_be_had(series: Iterable[str]) -> list[str]:
    """A patch of each series: the machine's own newest, else the newest pinned."""
    installed, pinned = _newest_of_each_series(interpreters.installed()), _newest_of_each_series(_pins())
    return [version for one in series if (version := installed.get(one) or pinned.get(one))]


def _newest_of_each_series(versions: Iterable[str]) -> dict[str, str]:
    finals = [version for version in versions if version.replace(".", "").isdigit()]
    return {version.rpartition(".")[0]: version for version in sorted(finals, key=_numbers)}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _add(folder: Path, version: str, archive: Path) -> dict[str, str]:
    return _entry("python", version, archive, folder / f"cpython-{version}-{ARCH}.tar.gz")


def _add_nginx(folder: Path) -> dict[str, str]:
    made = store.kept(f"nginx-{store.key(nginx, ARCH)}", nginx.make_nginx)
    version = (made / "version").read_text(encoding="utf-8")
    return _entry("nginx", version, made / "nginx.tar.gz", folder / f"nginx-{version}-{ARCH}.tar.gz")


def with_bootstrap(mirror: Path, folder: Path, version: str) -> Path:
    """A mirror that also serves machines without any Python: these start with that version."""
    shutil.copytree(mirror, folder, copy_function=os.link)
    folder.chmod(0o755)
    (archive,) = folder.glob(f"*{version}*.tar.gz")
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    lines = (f"somewhere-else 3.13.9 nothing.tar.gz {'0' * 64}\n", f"{ARCH} {version} {archive.name} {sha256}\n")
    (folder / "bootstrap").write_text("".join(lines), encoding="utf-8")
    return folder


def with_source(mirror: Path, folder: Path, name: str, *packages: str) -> tuple[Path, str]:
    """A mirror that has, beside all of another one, a source: the distribution's of one of these packages."""

    def make(place: Path) -> None:
        upstream.make_source(place, *packages)

    made = store.kept(f"source-{store.key(upstream, *packages)}", make)
    version = (made / "version").read_text(encoding="utf-8")
    shutil.copytree(mirror, folder, copy_function=os.link)
    put(made / "source", {"name": name, "version": version, "arch": "any", "file": f"{name}-{version}"}, folder)
    return folder, version


def _entry(name: str, version: str, archive: Path, place: Path) -> dict[str, str]:
    shutil.copyfile(archive, place)
    sha256 = hashlib.sha256(place.read_bytes()).hexdigest()
    return {"name": name, "version": version, "arch": ARCH, "file": place.name, "sha256": sha256}


def _source(version: str, installed: Mapping[str, Path]) -> Path:
    return _made(version, installed[version]) if version in installed else _fetched(version)


def _made(version: str, prefix: Path) -> Path:
    require.need("ldd", "strip")
    return (
        store.kept(f"runtimes/{version}-{store.key(movable, str(prefix))}", lambda place: _make(prefix, place))
        / ARCHIVE
    )


def _make(prefix: Path, place: Path) -> None:
    world = open_at_home({**os.environ, "XDG_CACHE_HOME": str(store.root())}, PlainConsole(out=io.StringIO()))
    movable.make(movable.look(prefix, world), place / "python", world, {})
    pack(place / "python", place / ARCHIVE, top="python")
    shutil.rmtree(place / "python")


def _pins() -> dict[str, dict[str, str]]:
    if not PINS.is_file():
        return {}
    pins: dict[str, dict[str, str]] = json.loads(PINS.read_text(encoding="utf-8"))["pins"].get(ARCH, {})
    return pins


def _fetched(version: str) -> Path:
    pin = _pins()[version]
    return store.kept(f"fetched/{version}-{pin['sha256'][:16]}", lambda place: _fetch(pin, place)) / ARCHIVE


def _fetch(pin: Mapping[str, str], place: Path) -> None:
    try:
        with urllib.request.urlopen(pin["url"], timeout=60) as answer:  # noqa: S310 - an address that we pinned
            content: bytes = answer.read()
    except OSError as error:
        require.lack(f"a Python with a prefix of its own, or a network to fetch one ({error})")
    assert hashlib.sha256(content).hexdigest() == pin["sha256"]
    (place / ARCHIVE).write_bytes(content)
