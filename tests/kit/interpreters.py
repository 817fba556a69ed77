"""The Pythons of this machine that a runtime can be made of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def installed() -> Mapping[str, Path]:
    """The CPythons that have a prefix of their own, by version; the one of a distribution has none."""
    return {found: prefix for prefix in dict.fromkeys(_prefixes()) if (found := version(prefix))}


def version(prefix: Path) -> str:
    """Of the full CPython in that prefix; nothing if there is none."""
    complete = any(prefix.glob("lib/python[23].*/ensurepip")) and any(prefix.glob("include/python[23].*/Python.h"))
    programs = (prefix / "bin" / name for name in ("python3", "python2"))
    python = next((program for program in programs if program.exists()), None)
    if not complete or python is None:
        return ""
    program = "import platform as p; print(p.python_version() if p.python_implementation() == 'CPython' else '')"
    return _answer(python, program)


def _prefixes() -> Iterator[Path]:
    used = [Path(sys.base_prefix), *_prefix_on_path()]
    homes = [Path(os.environ.get("PYENV_ROOT", "/nonexistent")), Path.home() / ".pyenv"]
    for folder in (*(home / "versions" for home in homes), *(prefix.parent for prefix in used)):
        if folder.name == "versions" and folder.is_dir():
            yield from sorted(path.resolve() for path in folder.iterdir())
    yield from (prefix for prefix in used if prefix != Path("/usr"))


def _prefix_on_path() -> list[Path]:
    found = shutil.which("python3")
    prefix = _answer(Path(found), "import sys; print(sys.base_prefix)") if found else ""
    return [Path(prefix)] if prefix else []


def _answer(python: Path, program: str) -> str:
    asked = subprocess.run((python, "-E", "-s", "-S", "-c", program), check=False, stdout=subprocess.PIPE, text=True)
    return asked.stdout.strip()
