"""What was settled about a command line, remembered for as long as nothing that was looked at for it has changed.

It loads next to nothing: where nothing has changed, this is most of what a client does.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from _blake2 import blake2b

from tampu import __version__
from tampu.remote.links.wire import BadFrame, as_text, from_text

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    # A path, how closely it was looked at, and what was seen.
    Look = tuple[str, int, str]

# Only whether it is there, and what it is; the names in it; all that it says.
THERE, NAMES, CONTENT = range(3)
NOTHING = "-"
DIGEST = 16
PIECE = 1 << 18
FOLDER = "memo"
LAYOUT = 2
# Versions of packages that nobody has pinned are looked for anew after that.
AGES_IN = 24 * 60 * 60.0
BYTECODE = "__pycache__"
# What changes from one terminal to the next, and decides nothing.
OF_NO_ACCOUNT = frozenset(
    {"_", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "WINDOWID", "SSH_TTY", "SSH_CLIENT", "SSH_CONNECTION", "TERM"}
)
ROOMS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUR_FOLDERS = (
    *("", "call", "packages", "found", "choose", "environments", "links", "stores", "runs", "quick", "agent"),
    *("../facts", "../envs", "../build"),
)


def place_of(cache: str, words: Sequence[str], cwd: str, environ: Mapping[str, str]) -> str:
    """Where it would be remembered what that command line, there and with these variables, comes to."""
    variables = [f"{name}={environ[name]}" for name in sorted(environ) if name not in OF_NO_ACCOUNT]
    ours = [str(os.stat(f"{ROOMS}/{folder}").st_mtime_ns) for folder in OUR_FOLDERS]
    parts = (str(LAYOUT), __version__, ROOMS, sys.version, sys.executable, *ours, cwd, *words, "", *variables)
    return f"{cache}/{FOLDER}/{digest(_bytes(parts))}"


def cache_of(environ: Mapping[str, str]) -> str:
    told = environ.get("XDG_CACHE_HOME", "")
    return f"{told if told.startswith('/') else (environ.get('HOME') or '/') + '/.cache'}/tampu/remote"


def recalled(place: str) -> dict[str, Any] | None:
    """What was settled; nothing where anything has changed since."""
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime > AGES_IN:
                return None
            found = from_text(file.read())
        looks, settled = found["looks"], found["settled"]
        same = all(fingerprint(path, how) == seen for path, how, seen in looks)
    except (OSError, ValueError, KeyError, TypeError, BadFrame):
        return None
    return settled if same else None


def remember(place: str, looks: Iterable[Look], settled: Mapping[str, object]) -> None:
    """Written beside and renamed: who reads it reads all of it."""
    os.makedirs(os.path.dirname(place), 0o700, exist_ok=True)
    new = f"{place}.{os.getpid()}"
    with open(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(as_text({"looks": [list(look) for look in looks], "settled": dict(settled)}).encode())
    os.rename(new, place)


def forget(place: str) -> None:
    try:
        os.unlink(place)
    except OSError:
        pass


def fingerprint(path: str, how: int) -> str:
    """Of what is there; never by its times."""
    try:
        found = os.lstat(path)
        link = ""
        if stat.S_ISLNK(found.st_mode):
            link = f"{os.readlink(path)} > "
            found = os.stat(path)
        return link + _state(path, how, found.st_mode)
    except OSError:
        return NOTHING


def _state(path: str, how: int, mode: int) -> str:
    if stat.S_ISDIR(mode):
        return f"d{_names(path)}" if how == NAMES else "d"
    if not stat.S_ISREG(mode):
        return f"{stat.S_IFMT(mode)}"
    return f"f{mode & 0o111}{_content(path) if how == CONTENT else ''}"


def _names(path: str) -> str:
    with os.scandir(path) as found:
        names = sorted(f"{each.name}{'/' if each.is_dir() else ''}" for each in found if each.name != BYTECODE)
    return digest(_bytes(names))


def _content(path: str) -> str:
    made = blake2b(digest_size=DIGEST)
    with open(path, "rb", buffering=0) as file:
        while data := file.read(PIECE):
            made.update(data)
    return made.hexdigest()


def digest(data: bytes) -> str:
    return blake2b(data, digest_size=DIGEST).hexdigest()


def _bytes(words: Iterable[str]) -> bytes:
    return "\0".join(words).encode("utf-8", "surrogateescape")
