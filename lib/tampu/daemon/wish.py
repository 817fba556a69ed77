"""What to run, and how: made from options, kept beside the daemon's record, carried out by start.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

UNLIMITED = -1
USUAL_UMASK = 0o022
PATIENCE_AT_START = 60.0
PATIENCE_AT_STOP = 10.0
OLD_LOGS_KEPT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """Ready as soon as the program is executed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """Ready when it says READY=1 to the socket in NOTIFY_SOCKET."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Ready when the port takes a connection on this machine."""

    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """Ready when the file is there, and is newer than the start."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """Ready when it still runs so many seconds after its start."""

    seconds: float


Ready = Executed | Notified | Answering | Existing | Lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A resource limit by the name that setrlimit has for it, without RLIMIT_ and in small letters: nofile."""

    name: str
    soft: int
    hard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A log file that grows to `size` bytes is renamed to LOG.1, and so on up to `keep` old ones."""

    size: int
    keep: int = OLD_LOGS_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Seconds before the first new start, doubled each time up to `most`; `tries` in a row, 0 for ever."""

    first: float = 1.0
    most: float = 60.0
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All paths are absolute; `env` is the whole environment; no user and no group mean the caller's own."""

    name: str
    argv: tuple[str, ...]
    pid_dir: Path
    env: Mapping[str, str]
    cwd: Path = Path("/")
    umask: int = USUAL_UMASK
    user: str = ""
    group: str = ""
    limits: tuple[Limit, ...] = ()
    # None: what it writes goes nowhere.
    log: Path | None = None
    # With one, the program writes into a pipe (see output.py), without, into the file itself.
    rotation: Rotation | None = None
    ready: Ready = Executed()
    start_timeout: float = PATIENCE_AT_START
    stop_timeout: float = PATIENCE_AT_STOP
    # With one, a manager starts it anew whenever it ends.
    keep_alive: Backoff | None = None

    def __repr__(self) -> str:
        """Without its environment, which may hold secrets."""
        return f"Wish({self.name}: {self.argv})"
