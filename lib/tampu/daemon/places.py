"""Where the state and the logs of daemons are, and what a daemon may be called."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[\w@+][\w@+.:, -]*")
LONGEST_NAME = 100
ROOT = 0
OPEN_FOLDER = 0o755
OWN_FOLDER = 0o700


class BadName(TampuError):
    reason = "daemon::name"
    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            title="That can't be the name of a daemon",
            advice=(
                f"Found:    {name[:LONGEST_NAME]!r}\n"
                f"Expected: letters, digits, and any of @+.:,-_ (at most {LONGEST_NAME}, no / and no . first)\n\n"
                "Choose another name: files are called by it."
            ),
        )


class NoFolder(TampuError):
    reason = "daemon::folder"

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            title="The folder for the state of daemons can't be used",
            advice=(
                f"Found:    {folder}: {why}\n"
                "Expected: a folder that you can write to\n\n"
                "Make it, or name another one with --pid-dir (pid_dir in Python)."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    run: Path
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The files of one daemon."""

    folder: Path
    name: str

    @property
    def record(self) -> Path:
        return self.folder / f"{self.name}.pid"

    @property
    def lock(self) -> Path:
        return self.beside("lock")

    def beside(self, suffix: str) -> Path:
        return self.folder / f".{self.name}.{suffix}"


def place(name: str, folder: Path) -> Place:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadName(name)
    return Place(folder=folder.absolute(), name=name)


def folders(environ: Mapping[str, str], uid: int) -> Folders:
    """Not XDG_RUNTIME_DIR: cron has none and a login has one, and in two places the same name would run twice."""
    if uid == ROOT:
        return Folders(run=Path("/run" if os.path.isdir("/run") else "/var/run"), log=Path("/var/log"))
    state = Path(environ.get("XDG_STATE_HOME", ""))
    own = (state if state.is_absolute() else _home(environ, uid) / ".local" / "state") / "tampu"
    return Folders(run=own / "run", log=own / "log")


def make(folder: Path) -> None:
    mode = OPEN_FOLDER if os.geteuid() == ROOT else OWN_FOLDER
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise NoFolder(folder, error.strerror or str(error)) from error


def _home(environ: Mapping[str, str], uid: int) -> Path:
    home = Path(environ.get("HOME", ""))
    if home.is_absolute():
        return home
    import pwd

    return Path(pwd.getpwuid(uid).pw_dir)
