"""Bundles made by hand: a mirror, and all the wheels of an index on this disk."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import url2pathname

from tests.kit.wheels import wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.wheels import Package

SUFFIX = re.compile(r"(\.whl|\.tar\.gz)$")


def make_bundle(place: Path, mirror: Path, index: str) -> Path:
    """All that the mirror and the index have; out of links, so nobody may write into the files."""
    shutil.copytree(mirror, place, copy_function=os.link)
    (place / "wheels").mkdir()
    shelf = Path(url2pathname(index.removeprefix("file://"))).parent
    for file in sorted((*shelf.glob("*.whl"), *shelf.glob("*.tar.gz"))):
        os.link(file, place / "wheels" / file.name)
    document = json.loads((mirror / "index.json").read_text(encoding="utf-8"))
    rows = [_row(path) for path in sorted((place / "wheels").iterdir())]
    _write(place, {**document, "wheels": "wheels", "files": [*document["files"], *rows]})
    return place


def rewrite(bundle: Path, keeps: Callable[[dict[str, str]], bool]) -> None:
    """Leave nothing in it but what is to be kept."""
    document = json.loads((bundle / "index.json").read_text(encoding="utf-8"))
    gone = [entry for entry in document["files"] if not keeps(entry)]
    for entry in gone:
        (bundle / entry["file"]).unlink()
    _write(bundle, {**document, "files": [entry for entry in document["files"] if entry not in gone]})


def entries(bundle: Path) -> dict[str, dict[str, str]]:
    """What its index lists, by the file."""
    listed: list[dict[str, str]] = json.loads((bundle / "index.json").read_text(encoding="utf-8"))["files"]
    return {entry["file"]: entry for entry in listed}


def _row(path: Path) -> dict[str, str]:
    stem, version = SUFFIX.sub("", path.name).split("-")[:2]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"package:{re.sub('[-_.]+', '-', stem).lower()}"
    return {"name": name, "version": version, "arch": "any", "file": f"wheels/{path.name}", "sha256": sha256}


def _write(bundle: Path, document: object) -> None:
    # A new file: the old one belongs to the mirror, too.
    (bundle / "index.json").unlink()
    (bundle / "index.json").write_text(json.dumps(document, indent=1), encoding="utf-8")


def rename(bundle: Path, old: str, new: str) -> None:
    """Let a wheel be one for something else."""
    (bundle / "wheels" / old).rename(bundle / "wheels" / new)
    text = (bundle / "index.json").read_text(encoding="utf-8")
    _write(bundle, json.loads(text.replace(f"wheels/{old}", f"wheels/{new}")))


def copied(mirror: Path, place: Path) -> Path:
    """The same files, and an index of its own."""
    shutil.copytree(mirror, place, copy_function=os.link)
    _write(place, json.loads((mirror / "index.json").read_text(encoding="utf-8")))
    return place


def also(mirror: Path, more: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
    """Add what is made of its entries."""
    document = json.loads((mirror / "index.json").read_text(encoding="utf-8"))
    added = [entry for old in document["files"] if (entry := more(old))]
    _write(mirror, {**document, "files": [*document["files"], *added]})


def add(bundle: Path, package: Package) -> None:
    document = json.loads((bundle / "index.json").read_text(encoding="utf-8"))
    row = _row(wheel(package, bundle / "wheels"))
    _write(bundle, {**document, "files": [*document["files"], row]})
