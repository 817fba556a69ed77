"""A distribution of our own: packages that apt finds in a folder, as it finds others on a mirror."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tampu.envs.distribution import Distribution
from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "Tests 7"
PROGRAMS = ("apt-get", "apt-cache", "dpkg-deb")
INSTALLED = "Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: all\nMaintainer: us\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deb:
    """A package: its files by path, the targets of its links by path; a lost one is listed and not there."""

    name: str
    version: str = "1.0-1"
    section: str = "misc"
    depends: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    installed: bool = False
    lost: bool = False


def make(place: Path, *packages: Deb) -> Distribution:
    """A folder `apt`, as /etc/apt is, a status as dpkg keeps it, a file as /etc/os-release."""
    require.need(*PROGRAMS)
    repository = place / "debs"
    repository.mkdir(parents=True)
    listed = "\n".join(_add(repository, package) for package in packages)
    (repository / "Packages").write_text(listed, encoding="utf-8")
    (place / "apt").mkdir()
    (place / "apt" / "sources.list").write_text(f"deb [trusted=yes] file:{repository} ./\n", encoding="utf-8")
    (place / "release").write_text('NAME="Tests"\nVERSION_ID="7"\n', encoding="utf-8")
    status = (INSTALLED.format(name=each.name, version=each.version) for each in packages if each.installed)
    (place / "status").write_text("".join(status), encoding="utf-8")
    return Distribution(release=place / "release", sources=place / "apt", status=place / "status")


def _add(repository: Path, package: Deb) -> str:
    """Build it; gives what the list of packages says about it."""
    tree = repository / package.name
    (tree / "DEBIAN").mkdir(parents=True)
    depends = f"Depends: {package.depends}\n" if package.depends else ""
    about = (
        f"Package: {package.name}\nVersion: {package.version}\nArchitecture: all\nMaintainer: us <us@tests.example>\n"
        f"Section: {package.section}\n{depends}Description: made for tests\n"
    )
    (tree / "DEBIAN" / "control").write_text(about, encoding="utf-8")
    for path, content in package.files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
        (tree / path).chmod(0o755)
    for path, target in package.links.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).symlink_to(target)
    archive = repository / f"{package.name}_{package.version}_all.deb"
    build = ("dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, archive)
    subprocess.run(build, check=True, capture_output=True)
    content = archive.read_bytes()
    if package.lost:
        archive.unlink()
    digest = hashlib.sha256(content).hexdigest()
    return f"{about}Filename: ./{archive.name}\nSize: {len(content)}\nSHA256: {digest}\n"
