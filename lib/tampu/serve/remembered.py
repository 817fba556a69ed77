"""What an app's environment was built from: where nothing of that has changed, nobody looks any closer."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import tampu
from tampu.serve import ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMORY = "serve.json"
SETTINGS = ("PIP_", "UV_", "TAMPU_")
# What names packages, whatever it is called; modules and pages change all the time, and name none.
NAMING = frozenset({"", ".cfg", ".in", ".json", ".lock", ".pip", ".toml", ".txt", ".yaml", ".yml"})
ALSO = frozenset({"setup.py"})
NEVER = frozenset({"__pycache__", "node_modules", "venv"})
DEEPEST = 3


def python(project: Path, environ: Mapping[str, str]) -> Path | None:
    try:
        known = json.loads((project / ours.NAME / MEMORY).read_text(encoding="utf-8"))
        found = Path(known["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if known.get("from") == _signature(project, environ) and os.access(found, os.X_OK) else None


def keep(project: Path, environ: Mapping[str, str], python: Path) -> None:
    text = json.dumps({"from": _signature(project, environ), "python": str(python)}, indent=1)
    place = ours.make(project) / MEMORY
    beside = place.with_name(f".{MEMORY}.{os.getpid()}")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(place)


def _signature(project: Path, environ: Mapping[str, str]) -> str:
    settings = sorted((name, value) for name, value in environ.items() if name.startswith(SETTINGS))
    facts = (str(project), tampu.__version__, str(Path(tampu.__file__).parent), settings, sorted(_files(project)))
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _files(project: Path) -> Iterator[tuple[str, int, int]]:
    """By size and time."""
    for folder, folders, names in os.walk(project):
        inside = Path(folder).relative_to(project)
        deep = len(inside.parts) >= DEEPEST
        folders[:] = () if deep else [name for name in folders if name not in NEVER and not name.startswith(".")]
        for name in names:
            if Path(name).suffix in NAMING or name in ALSO:
                status = (Path(folder) / name).lstat()
                yield str(inside / name), status.st_size, status.st_mtime_ns
