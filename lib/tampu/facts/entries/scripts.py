"""Which modules the scripts of pyproject.toml start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.entries import files

if TYPE_CHECKING:
    from pathlib import Path

TABLES = re.compile(r"^\[(?:project|tool\.poetry)\.scripts\]\s*$(?P<lines>(?:\n(?!\[).*)*)", re.MULTILINE)
SCRIPT = re.compile(r"""^[^#=]+=\s*["'](?P<module>[\w.]+)""", re.MULTILINE)


def script_modules(folder: Path) -> frozenset[str]:
    """Read as lines: as a hint it must not fail where the file does."""
    text = "\n".join(files.lines(files.read(folder / "pyproject.toml") or b""))
    return frozenset(script["module"] for table in TABLES.finditer(text) for script in SCRIPT.finditer(table["lines"]))
