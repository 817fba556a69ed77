"""The only door to the network: what it brings is pinned and hashed, or small and read as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


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
