"""The environment's folder: where its parts are, and which of its distributions are new."""

from __future__ import annotations

import base64
import csv
import hashlib
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTLED = "tampu\n"


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution, by its `.dist-info` folder."""

    info: Path

    @property
    def settled(self) -> bool:
        installer = self.info / "INSTALLER"
        return installer.is_file() and installer.read_text(encoding="utf-8") == SETTLED

    @property
    def name(self) -> str:
        return self.info.name.partition("-")[0].replace("_", "-").lower()

    @property
    def version(self) -> str:
        return self.info.name.removesuffix(".dist-info").partition("-")[2]

    def rows(self) -> list[list[str]]:
        """What RECORD says: path, hash and size of each file."""
        with (self.info / "RECORD").open(encoding="utf-8", newline="") as record:
            return [row for row in csv.reader(record) if row]

    def modules(self) -> list[str]:
        return [row[0] for row in self.rows() if row[0].endswith(".py") and not row[0].startswith("..")]


def recorded(content: bytes) -> str:
    """Its hash, as RECORD says it."""
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')}"


@dataclass(frozen=True, slots=True)
class Site:
    """`<layers>/site`, laid out like a prefix: `bin/`, `lib/pythonX.Y/site-packages/`."""

    root: Path
    minor: str

    @property
    def series(self) -> tuple[int, ...]:
        return tuple(int(number) for number in self.minor.split("."))

    @property
    def library(self) -> Path:
        return self.root / "lib" / f"python{self.minor}" / "site-packages"

    def distributions(self) -> Iterator[Distribution]:
        return (Distribution(info) for info in sorted(self.library.glob("*.dist-info")))

    def names(self) -> set[str]:
        """The distributions with their versions."""
        return {distribution.info.name for distribution in self.distributions()}
