"""Every file of a project but what no run needs: what .gitignore names, environments, caches, keepers of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.entries.files import is_file
from tampu.remote.found.data_files import NO_DATA
from tampu.remote.found.ignored import Ignored
from tampu.remote.found.walking import files_below

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = NO_DATA | {
    ".tox",
    ".nox",
    ".eggs",
    ".venv",
    ".idea",
    ".vscode",
    ".ipynb_checkpoints",
    ".hypothesis",
    ".tampu",
}
# `--secrets FILE` is the way for these.
SECRETS = frozenset({".env", ".netrc", ".pypirc", ".git-credentials"})
FILES = SECRETS | {".DS_Store", ".gitignore", ".gitattributes", ".coverage"}
ENDINGS = (".pyc", ".pyo", ".swp", "~")
PACKAGE = "conf/conf"


def every_file(root: Path) -> tuple[Path, ...]:
    ignored = Ignored(root=root)

    def leaves_out(path: Path, *, folder: bool) -> bool:
        return _by_habit(path, folder=folder) or ignored.leaves_out(path, folder=folder)

    return tuple(path for path in files_below(root, leaves_out) if path != root)


def _by_habit(path: Path, *, folder: bool) -> bool:
    if not folder:
        return path.name in FILES or path.name.endswith(ENDINGS) or path.name == ".git"
    made_by_us = is_file(path / PACKAGE) and (path / "src").is_dir()
    return path.name in FOLDERS or path.name.endswith(".egg-info") or made_by_us or is_file(path / "pyvenv.cfg")
