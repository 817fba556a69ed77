"""An index on this disk: the packages that tests make, and a few real ones that are fetched once and kept."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import require, store, wheels

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUSE = Path(__file__).resolve().parents[2]
CONFIG = HOUSE / "config"
EXAMPLES = HOUSE / "examples"
LOCKS = (
    *(CONFIG / f"{name}.txt" for name in ("dcrequirements", "asgi", "newrelic", "paste")),
    *(HOUSE / "vendor" / f"{name}.lock" for name in ("tools", "serve", "movable")),
)
# Those of the runtimes that tests use, and that of the tests' own Python.
SERIES = ("3.11", "3.12", "3.13", "{}.{}".format(*sys.version_info[:2]))
# What the apps in tests/apps ask for runs on the default Python; backends run on any.
REAL_SERIES = "3.13"
REAL = (
    *("flask==3.1.1", "django==5.2.4", "fastapi==0.116.1", "markupsafe==3.0.2", "gunicorn==27.0.1"),
    *("setuptools==80.9.0", "hatchling==1.27.0", "editables==0.5", "flit-core==3.12.0", "poetry-core==2.1.3"),
)
# What new projects ask for beside what the examples do.
OF_TEMPLATES = ("httpx==0.28.1",)
# pip reads markers as the Python that it runs on, and this is asked for from 3.13 on.
LATER = ("legacy-cgi==2.6.4",)


def make_index(wheelhouse: Path, folder: Path) -> Path:
    """The address of an index of what is in the wheelhouse, what tampu installs itself, and the real packages."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = (*_kept().glob("*.whl"), *_kept_for_examples().glob("*.whl"))
    for file in (*kept, *wheelhouse.glob("*.whl"), *wheelhouse.glob("*.tar.gz")):
        shutil.copyfile(file, folder / file.name)
    return wheels.index(folder)


def _kept() -> Path:
    locks = [lock.read_text(encoding="utf-8") for lock in LOCKS]
    return store.kept(f"shelf-{store.key(sys.modules[__name__], *locks, *SERIES)}", _fetch)


def _kept_for_examples() -> Path:
    lists = [tuple(file.read_text(encoding="utf-8").split()) for file in sorted(EXAMPLES.rglob("requirements.txt"))]
    asked = [
        *(list_ for list_ in lists if "#" not in list_),
        *_dependencies(EXAMPLES / "pyramid/pyproject.toml"),
        LATER,
        OF_TEMPLATES,
    ]

    def fetch(folder: Path) -> None:
        for words in asked:
            _download(folder, REAL_SERIES, words)

    return store.kept(f"shelf-examples-{store.key(sys.modules[__name__], str(asked))}", fetch)


def _dependencies(project: Path) -> list[tuple[str, ...]]:
    """What it takes to build it, and what it needs; there is no reader of TOML in each Python that runs tests."""
    listed = re.findall(r"^(?:requires|dependencies) = (\[.*\])$", project.read_text(encoding="utf-8"), re.MULTILINE)
    return [tuple(ast.literal_eval(words)) for words in listed]


def _fetch(folder: Path) -> None:
    locks = [word for lock in LOCKS for word in ("-r", str(lock))]
    for series in dict.fromkeys(SERIES):
        _download(folder, series, ("--no-deps", "--require-hashes", *locks))
    _download(folder, REAL_SERIES, REAL)


def _download(folder: Path, series: str, words: Iterable[str]) -> None:
    download = (sys.executable, "-m", "pip", "download", "--isolated", "--quiet", "--disable-pip-version-check")
    where = ("--only-binary", ":all:", "--python-version", series, "--dest", str(folder))
    ended = subprocess.run((*download, *where, *words), check=False, capture_output=True, text=True)
    if ended.returncode:
        require.lack(f"an index of packages, or pip: {ended.stderr.strip().splitlines()[-1:]}")
