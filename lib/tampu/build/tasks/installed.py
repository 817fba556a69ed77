"""What the app's environment holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def installed(name: str, layers: Path) -> bool:
    from importlib import metadata

    libraries = [str(path) for path in (layers / "site").glob("lib/python*/site-packages")]
    return any(metadata.distributions(name=name, path=libraries))
