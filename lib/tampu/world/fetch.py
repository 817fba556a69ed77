"""What comes from the network: pinned and hashed files, or small documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.world.console import Console
    from tampu.world.downloads import Downloads


LARGEST_FILE = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A file of the outside world that we know to the last byte; `url` may be http(s): or file:."""

    name: str
    version: str
    url: str
    sha256: str


class Fetcher(Protocol):
    def get(self, pin: Pin, into: Path) -> None:
        """Put the pinned file there, whole and verified; or raise and leave nothing."""

    def read(self, url: str) -> str:
        """The text of a small document, such as the index of a mirror."""

    def reaches(self, url: str) -> bool:
        """Whether that address answers right now; no is not worth a second try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDemand:
    """The fetcher of real life. Most builds fetch nothing: what downloads need is loaded when the first one begins."""

    environ: Mapping[str, str]
    say: Console
    largest: int = LARGEST_FILE

    def get(self, pin: Pin, into: Path) -> None:
        self._downloads().get(pin, into)

    def read(self, url: str) -> str:
        return self._downloads().read(url)

    def reaches(self, url: str) -> bool:
        return self._downloads().reaches(url)

    def _downloads(self) -> Downloads:
        from tampu.world.downloads import Downloads

        return Downloads(environ=self.environ, say=self.say, largest=self.largest)
