"""What a machine says about its distribution, and a distribution about its packages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIELD = re.compile(r"^(Package|Version|Section|Depends|Pre-Depends): (.+)$", re.MULTILINE)
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Where a machine says what it is, and keeps what apt goes by."""

    release: Path = Path("/etc/os-release")
    sources: Path = Path("/etc/apt")
    status: Path = Path("/var/lib/dpkg/status")

    @property
    def name(self) -> str:
        """As in `Debian GNU/Linux 12`."""
        text = self.release.read_text(encoding="utf-8", errors="replace") if self.release.is_file() else ""
        told = dict(re.findall(r"""^(NAME|VERSION_ID)=["']?([^"'\n]*)""", text, re.MULTILINE))
        return f"{told.get('NAME', 'this distribution')} {told.get('VERSION_ID', '')}".strip()


THIS = Distribution()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that can be had; of alternatives among its needs, the first."""

    name: str
    version: str
    section: str
    needs: tuple[str, ...]

    @property
    def exactly(self) -> str:
        return f"{self.name}={self.version}"


def read_packages(text: str) -> Iterator[Package]:
    """Out of what `apt-cache show` says."""
    stanzas = (dict(FIELD.findall(stanza)) for stanza in re.split(r"\n\s*\n", text))
    yield from (
        _package(fields) for fields in stanzas if "Version" in fields and NAME.fullmatch(fields.get("Package", ""))
    )


def _package(fields: Mapping[str, str]) -> Package:
    needs = f"{fields.get('Pre-Depends', '')}, {fields.get('Depends', '')}".split(",")
    return Package(
        name=fields["Package"],
        version=fields["Version"],
        section=fields.get("Section", ""),
        needs=tuple(dict.fromkeys(found[0] for need in needs if (found := NAME.match(need.strip())))),
    )
