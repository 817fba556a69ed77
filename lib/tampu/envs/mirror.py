"""A folder or an address that has the files which tampu would fetch from upstream, with an index of them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.values import dataclass
from tampu.world import files
from tampu.world.address import fetchable
from tampu.world.fetch import Pin
from tampu.world.mishaps import BadAddress, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.world.fetch import Fetcher

INDEX = "index.json"
FORMAT = 1
EMPTY = json.dumps({"format": FORMAT, "files": []})
CHUNK = 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+:!-]{0,199}")
ODD_IN_A_PATH = re.compile("[\0-\x1f\x7f\\\\\ud800-\udfff]")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
FIELDS = ("name", "version", "arch", "file", "sha256")


class MirrorNotFound(TampuError):
    reason = "mirror::not-found"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="TAMPU_MIRROR names no mirror",
            found=why,
            expected=shown,
            todo="Set TAMPU_MIRROR to a folder, or to an http, https or file address, that has an index.json.",
        )


class BadIndex(TampuError):
    reason = "mirror::bad-index"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="The mirror's index.json can't be read",
            found=excerpt(why, SENTENCE),
            expected=f'{{"format": {FORMAT}, "files": [...]}}',
            todo=f"Correct {shown}, or ask who looks after this mirror.",
        )


class BadEntry(TampuError):
    reason = "mirror::bad-entry"

    def __init__(self, shown: str, entry: str, why: str) -> None:
        super().__init__(
            title="The mirror's index.json has an entry that can't be used",
            found=f"{excerpt(entry)} with {why}",
            expected=(
                f"{', '.join(FIELDS)}, each a text; the file beside the index or\n"
                "in a folder below it; its sha256 in 64 hexadecimal digits"
            ),
            todo=f"Correct it in {shown}, or ask who looks after this mirror.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorFile:
    """A file of a mirror, and the kind of machine that it is for; `address` is the one that it stands for, if any."""

    arch: str
    pin: Pin
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """What a mirror has; `shown` names it without its credentials. With `wheels` it has all that a build needs."""

    shown: str
    files: tuple[MirrorFile, ...]
    wheels: str = ""

    def pins(self, name: str, arch: str) -> Mapping[str, Pin]:
        """The files of that name for that kind of machine, by version."""
        return {file.pin.version: file.pin for file in self.files if file.pin.name == name and file.arch == arch}


def read_mirror(location: str, fetch: Fetcher) -> Mirror:
    """The mirror at a folder or an http(s) or file address; a user and password in it reach its files too."""
    base = _base(location)
    try:
        shown = fetchable(base + INDEX).shown
        text = fetch.read(base + INDEX)
    except BadAddress as error:
        raise MirrorNotFound("an address such as https://host/folder", _found(error)) from error
    except NotFound as error:
        raise MirrorNotFound(shown, _found(error)) from error
    return mirror_of(text, base, shown)


def mirror_of(text: str, base: str, shown: str) -> Mirror:
    """What the text of an index says; its files are found from `base` on."""
    document = _document(text, shown)
    wheels = document.get("wheels", "")
    if not isinstance(wheels, str) or not _stays_inside(wheels):
        raise BadIndex(shown, '"wheels" that is no name of a folder beside it')
    return Mirror(shown=shown.removesuffix(INDEX), files=tuple(_files(document, base, shown)), wheels=wheels)


def digest_of_mirror(environ: Mapping[str, str]) -> str:
    """Of which mirror is set, and of what a folder has; what another place has is not asked for this."""
    mirror = environ.get("TAMPU_MIRROR", "")
    index = Path(mirror or "no mirror") / INDEX
    text = index.read_text(encoding="utf-8") if index.is_file() else ""
    return hashlib.sha256(f"{mirror}{text}".encode()).hexdigest()


def put(archive: Path, entry: Mapping[str, str], folder: Path) -> Path:
    """Let the mirror in that folder have the file from now on, instead of what it had of that name, version and kind.

    Its own name tells its content, so that whoever reads the index while it changes finds what it says.
    """
    sha256 = digest(archive)
    row = {**entry, "file": f"{entry['file']}-{sha256[:8]}.tar.gz", "sha256": sha256}
    with _alone(folder):
        text = (folder / INDEX).read_text(encoding="utf-8-sig") if (folder / INDEX).is_file() else EMPTY
        mirror_of(text, folder.as_uri() + "/", str(folder / INDEX))
        document = json.loads(text)
        old = [
            each for each in document["files"] if all(each[name] == row[name] for name in ("name", "version", "arch"))
        ]
        document["files"] = [*(each for each in document["files"] if each not in old), row]
        beside = folder / f".{row['file']}.new"
        shutil.copyfile(archive, beside)
        beside.replace(folder / row["file"])
        files.replace(folder / INDEX, json.dumps(document, indent=1) + "\n")
        for each in old:
            if each["file"] != row["file"]:
                files.remove(folder / each["file"])
    return folder / row["file"]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def digest(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            whole.update(piece)
    return whole.hexdigest()


def _found(error: TampuError) -> str:
    return error.found.partition("\n")[0]


def _base(location: str) -> str:
    if "://" in location or location.startswith("file:"):
        return location.removesuffix(INDEX).rstrip("/") + "/"
    return Path(location).absolute().as_uri().rstrip("/") + "/"


def _document(text: str, shown: str) -> dict[str, object]:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadIndex(shown, str(error)) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadIndex(shown, 'no "format": 1, which is the only one that this tampu knows')
    return document


def _files(document: Mapping[str, object], base: str, shown: str) -> Iterator[MirrorFile]:
    entries = document.get("files")
    if not isinstance(entries, list):
        raise BadIndex(shown, 'no list named "files"')
    for number, entry in enumerate(entries, start=1):
        yield _file(entry, number, base, shown)


def _file(entry: object, number: int, base: str, shown: str) -> MirrorFile:
    table = entry if isinstance(entry, dict) else {}
    fields = {name: table.get(name) for name in FIELDS}
    texts = {name: value for name, value in fields.items() if isinstance(value, str) and value}
    about = texts.get("file", f"entry {number}")
    if missing := [name for name in FIELDS if name not in texts]:
        raise BadEntry(shown, about, f"no {', no '.join(missing)}")
    if not SHA256.fullmatch(texts["sha256"].lower()):
        raise BadEntry(shown, about, f"the sha256 '{excerpt(texts['sha256'])}'")
    if odd := next((name for name in ("name", "version", "arch") if not WORD.fullmatch(texts[name])), ""):
        raise BadEntry(shown, about, f"the {odd} {excerpt(texts[odd])}")
    if not _stays_inside(texts["file"]):
        raise BadEntry(shown, about, "a place outside the mirror's folder")
    pin = Pin(
        name=texts["name"],
        version=texts["version"],
        url=base + quote(texts["file"]),
        sha256=texts["sha256"].lower(),
    )
    return MirrorFile(arch=texts["arch"], pin=pin, address=str(table.get("address", "")))


def _stays_inside(file: str) -> bool:
    path = PurePosixPath(file)
    odd = ODD_IN_A_PATH.search(file) or SCHEME.match(file)
    return not odd and not path.is_absolute() and ".." not in path.parts
