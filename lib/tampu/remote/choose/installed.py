"""What the environment on this machine tells: who installed the file that an import leads to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.entries.files import inside, is_file, is_folder
from tampu.remote.choose.metadata import imports_named_in
from tampu.remote.choose.table import beginnings, canonical
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

INFO = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(-[^-]*)?\.(?:dist|egg)-info")
PLACES = (".venv", "venv", "env")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    distribution: str
    version: str
    evidence: str

    @property
    def requirement(self) -> str:
        """A local version, as in 2.1+cpu, is not to be had elsewhere."""
        return f"{self.distribution}=={self.version.partition('+')[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site-packages; what has been read of it is kept."""

    folder: Path
    records: dict[Path, bytes] = field(default_factory=dict)
    imports: dict[Path, frozenset[str]] = field(default_factory=dict)

    def provider(self, name: str) -> Installed | None:
        """By the file of the longest beginning of the dotted name that has one."""
        for path in self._files(name):
            line = f"\n{path},".encode()
            # Records are long, and most distributions have a name not unlike their import's.
            likely = canonical(path.partition("/")[0].partition(".")[0])
            for info in sorted(self._infos(), key=lambda each: likely not in canonical(each.name)):
                if line in self._record(info):
                    return _installed(info, f"its RECORD lists {path}")
        return None

    def described(self, name: str) -> Installed | None:
        """By what distributions say of themselves, as those have to whose files are elsewhere."""
        for info in self._infos():
            if info not in self.imports:
                self.imports[info] = imports_named_in(info)
            if not self.imports[info].isdisjoint(beginnings(name)):
                return _installed(info, f"{info.name} names it")
        return None

    def has_namespace(self, name: str) -> bool:
        top = self.folder / name
        return is_folder(top) and not is_file(top / "__init__.py")

    def _files(self, name: str) -> Iterator[str]:
        for each in beginnings(name):
            path = each.replace(".", "/")
            for known in (f"{path}/__init__.py", f"{path}.py", *self._compiled(path)):
                if is_file(self.folder / known):
                    yield known

    def _compiled(self, path: str) -> Iterator[str]:
        folder, _, stem = path.rpartition("/")
        for each in inside(self.folder / folder):
            if each.suffix == ".so" and each.name.split(".")[0] == stem:
                yield each.relative_to(self.folder).as_posix()

    def _record(self, info: Path) -> bytes:
        if info not in self.records:
            record = info / "RECORD"
            self.records[info] = b"\n" + record.read_bytes() if is_file(record) else b""
        return self.records[info]

    def _infos(self) -> list[Path]:
        return [each for each in inside(self.folder) if INFO.fullmatch(each.name)]


def not_provided(site: Site, names: Iterable[str]) -> tuple[str, ...]:
    """Of these imports those that nothing in an environment gives: to be asked of one that was just made."""
    return tuple(name for name in names if not (site.provider(name) or site.described(name)))


def sites_of(root: Path, active: str) -> tuple[Site, ...]:
    """Of the environment that is active, and of those that a project keeps beside itself."""
    places = [root / place for place in PLACES]
    if active:
        places.insert(0, root / active)
    found = [folder for place in places for folder in sorted(place.glob("lib/python3*/site-packages"))]
    return tuple(Site(folder=folder) for folder in dict.fromkeys(found))


def _installed(info: Path, evidence: str) -> Installed | None:
    named = INFO.fullmatch(info.name)
    return named and Installed(distribution=canonical(named["name"]), version=named["version"], evidence=evidence)
