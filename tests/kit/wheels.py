"""Tiny packages written by hand, byte for byte the same each time, and an index to install them from."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
WHEEL = "Wheel-Version: 1.0\nGenerator: tampu-tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
BACKEND = '''\
"""Builds this package's wheel out of the files beside it."""
import pathlib
import zipfile

HERE = pathlib.Path(__file__).parent
NAME = "{wheel}"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(directory, NAME), "w") as archive:
        for path in sorted((HERE / "tree").rglob("*")):
            if path.is_file():
                name = path.relative_to(HERE / "tree").as_posix()
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), path.read_bytes())
    return NAME
'''
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n[project]\n'
LATER = 'dynamic = ["dependencies", "optional-dependencies", "requires-python"]\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package has in it; without modules it has one that knows the package's version."""

    name: str
    version: str = "1.0"
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        return f"{re.sub('[-_.]+', '_', self.name).lower()}-{self.version}"


def wheel(package: Package, folder: Path) -> Path:
    place = folder / f"{package.stem}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place, "w") as archive:
        for name, text in _tree(package).items():
            member = zipfile.ZipInfo(name, EPOCH)
            member.external_attr = 0o644 << 16
            archive.writestr(member, text)
    return place


def sdist(package: Package, folder: Path) -> Path:
    """A source archive that builds with nothing but what is in it."""
    place = folder / f"{package.stem}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"tree/{name}": text for name, text in _tree(package).items()} | {
        "PKG-INFO": _metadata(package),
        "backend.py": BACKEND.format(wheel=f"{package.stem}-py3-none-any.whl"),
        "pyproject.toml": f'{PYPROJECT}name = "{package.name}"\nversion = "{package.version}"\n{LATER}',
    }
    with (
        gzip.GzipFile(place, "wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, text in sorted(files.items()):
            member = tarfile.TarInfo(f"{package.stem}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return place


def index(folder: Path) -> Path:
    """Lay out `simple/` over the folder's wheels and source archives; it may be served, or used where it is."""
    projects: dict[str, list[Path]] = {}
    for file in sorted((*folder.glob("*.whl"), *folder.glob("*.tar.gz"))):
        projects.setdefault(_project(file), []).append(file)
    _page(folder / "simple", [f'<a href="{name}/">{name}</a>' for name in projects])
    for name, files in projects.items():
        _page(folder / "simple" / name, [_link(file) for file in files])
    return folder / "simple"


def _tree(package: Package) -> dict[str, str]:
    module = package.stem.rpartition("-")[0]
    modules = package.modules or {f"{module}.py": f'__version__ = "{package.version}"\n'}
    files = {**modules, **{f"{package.stem}.data/data/{name}": text for name, text in package.data.items()}}
    files[f"{package.stem}.dist-info/METADATA"] = _metadata(package)
    files[f"{package.stem}.dist-info/WHEEL"] = WHEEL
    if package.commands:
        lines = "".join(f"{name} = {function}\n" for name, function in package.commands.items())
        files[f"{package.stem}.dist-info/entry_points.txt"] = f"[console_scripts]\n{lines}"
    record = f"{package.stem}.dist-info/RECORD"
    return files | {record: "".join(_recorded(name, text) for name, text in files.items()) + f"{record},,\n"}


def _recorded(name: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(text.encode())}\n"


def _metadata(package: Package) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {package.name}", f"Version: {package.version}"]
    if package.requires_python:
        lines.append(f"Requires-Python: {package.requires_python}")
    lines += [f"Requires-Dist: {requirement}" for requirement in package.requires]
    for extra, requirements in package.extras.items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {requirement}; extra == "{extra}"' for requirement in requirements]
    return "\n".join(lines) + "\n"


def _project(file: Path) -> str:
    stem = file.name.split("-")[0] if file.suffix == ".whl" else file.name.rpartition("-")[0]
    return re.sub("[-_.]+", "-", stem).lower()


def _link(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    python = re.search("^Requires-Python: (.*)$", _metadata_of(file), re.MULTILINE)
    limit = f' data-requires-python="{html.escape(python[1])}"' if python else ""
    return f'<a href="../../{file.name}#sha256={digest}"{limit}>{file.name}</a>'


def _metadata_of(file: Path) -> str:
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            return next(archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    with tarfile.open(file) as archive:
        content = archive.extractfile(f"{file.name.removesuffix('.tar.gz')}/PKG-INFO")
        return content.read().decode() if content else ""


def _page(folder: Path, links: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = "<!DOCTYPE html>\n<html><body>\n" + "<br>\n".join(links) + "\n</body></html>\n"
    (folder / "index.html").write_text(text, encoding="utf-8")
