"""Where the state and the logs of daemons are, and what a daemon may be called."""

from __future__ import annotations

import os

from tampu.errors import TampuError
from tampu.values import dataclass

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = frozenset("_@+")
OTHERS = FIRST | frozenset(".:, -")
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
            found=f"{name[:LONGEST_NAME]!r}",
            expected=f"letters, digits, and any of @+.:,-_ (at most {LONGEST_NAME}, no / and no . first)",
            todo="Choose another name: files are called by it.",
        )


class NoFolder(TampuError):
    reason = "daemon::folder"

    def __init__(self, folder: str, why: str) -> None:
        super().__init__(
            title="The folder for the state of daemons can't be used",
            found=f"{folder}: {why}",
            expected="a folder that you can write to",
            todo="Make it, or name another one with --pid-dir (pid_dir in Python).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    run: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The files of one daemon."""

    folder: str
    name: str
    # Where it isn't among the others.
    file: str = ""

    @property
    def record(self) -> str:
        return self.file or f"{self.folder}/{self.name}.pid"

    @property
    def lock(self) -> str:
        return self.beside("lock")

    def beside(self, suffix: str) -> str:
        return f"{self.folder}/.{self.name}.{suffix}"


def place(name: str, folder: str | os.PathLike[str]) -> Place:
    if not is_name(name):
        raise BadName(name)
    return Place(folder=os.path.abspath(folder), name=name)


def is_name(text: str) -> bool:
    fits = all(each.isalnum() or each in OTHERS for each in text)
    return fits and 0 < len(text) <= LONGEST_NAME and (text[0].isalnum() or text[0] in FIRST)


def folders(environ: Mapping[str, str], uid: int) -> Folders:
    """Not XDG_RUNTIME_DIR: cron has none and a login has one, and in two places the same name would run twice."""
    if uid == ROOT:
        return Folders(run="/run" if os.path.isdir("/run") else "/var/run", log="/var/log")
    state = environ.get("XDG_STATE_HOME", "")
    own = f"{state if os.path.isabs(state) else f'{_home(environ, uid)}/.local/state'}/tampu"
    return Folders(run=f"{own}/run", log=f"{own}/log")


def make(folder: str) -> None:
    mode = OPEN_FOLDER if os.geteuid() == ROOT else OWN_FOLDER
    try:
        os.makedirs(folder, mode, exist_ok=True)
    except OSError as error:
        raise NoFolder(folder, error.strerror or str(error)) from error


def _home(environ: Mapping[str, str], uid: int) -> str:
    home = environ.get("HOME", "")
    if os.path.isabs(home):
        return home
    import pwd

    return pwd.getpwuid(uid).pw_dir
