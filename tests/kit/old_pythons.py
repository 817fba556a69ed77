"""Pythons of this machine whose end of life has passed, as apps of long ago still need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import interpreters, require

if TYPE_CHECKING:
    from pathlib import Path

OLDEST = ("2.7", "3.6")


def program(series: str) -> Path:
    """The newest of that series."""
    found = [version for version in interpreters.installed() if version.rpartition(".")[0] == series]
    if not found:
        require.lack(f"a Python {series} with a prefix of its own")
    newest = max(found, key=lambda version: int(version.rpartition(".")[2]))
    return interpreters.installed()[newest] / "bin" / f"python{series}"


def version(series: str) -> str:
    return interpreters.version(program(series).parents[1])
