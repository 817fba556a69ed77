"""Where things are on the host, and what is noted there of a run."""

from __future__ import annotations

import fcntl
import os

from tampu.remote.links.wire import as_text, words

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

STREAMS = ("out", "err")
KINDS = TREES, ENVS, PYTHONS = "trees", "envs", "pythons"
BUDGET = 4 << 30
LONGEST_NAME = 128
LOST = {"lost": True}


class Store:
    """The one folder that is ours."""

    def __init__(self, path: str, budget: int = 0) -> None:
        self.path = os.path.join(os.path.expanduser("~"), os.path.expanduser(path or "~/.tampu"))
        self.runs, self.blobs, self.locks = (os.path.join(self.path, each) for each in ("runs", "blobs", "locks"))
        self.budget = budget or BUDGET

    def ground(self) -> dict[str, Any]:
        """What its removal is to leave: how many folders above it aren't there, and the time of the one that is."""
        above, folder = 0, os.path.dirname(self.path)
        while not os.path.isdir(folder):
            above, folder = above + 1, os.path.dirname(folder)
        return {"folder": folder, "above": above, "before": os.stat(folder).st_mtime_ns}

    def make(self, ground: dict[str, Any]) -> None:
        if ground:
            at = os.stat(ground["folder"]).st_mtime_ns
            note(os.path.join(self.path, "made"), dict(ground, at=at))
        if not os.path.isdir(self.locks):
            for name in ("runs", "blobs", *KINDS, "locks"):
                os.makedirs(os.path.join(self.path, name), 0o700, exist_ok=True)

    def place(self, kind: str, name: str) -> str:
        """Where the tree of that ID is."""
        if kind not in KINDS or not plain(name):
            raise ValueError(f"no ID of a tree: {kind} {name!r}")
        return os.path.join(self.path, kind, name)

    def lock(self, kind: str, name: str) -> str:
        """What says who uses it, and by its time, when somebody last did."""
        self.place(kind, name)
        return os.path.join(self.locks, f"{kind}-{name}")

    def has(self, kind: str, name: str) -> bool:
        """An environment whose interpreter went away with a newer system is none."""
        place = self.place(kind, name)
        python = os.path.join(place, "bin", "python")
        if kind != ENVS or os.path.exists(python):
            return os.path.isdir(place)
        return os.path.islink(python) and bool(self.shipped(os.readlink(python)))

    def shipped(self, python: str) -> str:
        """The ID of the tree of kind pythons that an interpreter is in."""
        ours = os.path.join(self.path, PYTHONS, "")
        return python[len(ours) :].split("/", 1)[0] if python.startswith(ours) else ""

    def needs(self, spec: dict[str, Any]) -> list[tuple[str, str]]:
        """The trees of a run."""
        found = [(TREES, spec.get("tree")), (ENVS, spec.get("environment"))]
        python = self.within(spec.get("python") or "")
        if spec.get("environment"):
            link = os.path.join(self.place(ENVS, spec["environment"]), "bin", "python")
            python = os.readlink(link) if os.path.islink(link) else ""
        return [(kind, name) for kind, name in (*found, (PYTHONS, self.shipped(python))) if name]

    def run(self, name: str) -> str:
        if not plain(name):
            raise ValueError(f"no ID of a run: {name!r}")
        return os.path.join(self.runs, name)

    def within(self, word: str) -> str:
        """A word of a request, in which the store may be named."""
        return word.replace("{store}", self.path, 1) if word.startswith("{store}") else word

    def listed(self) -> list[dict[str, Any]]:
        names = sorted(name for name in os.listdir(self.runs) if name.isalnum())
        found = [(about(os.path.join(self.runs, name)), os.path.join(self.runs, name)) for name in names]
        return [dict(told, **state(folder)) for told, folder in found if told]


def plain(name: str) -> bool:
    return name.isascii() and name.isalnum() and len(name) <= LONGEST_NAME


def inner(path: str) -> str:
    """A path that leads nowhere but into its tree."""
    if "\0" in path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise ValueError(f"no place in a tree: {path!r}")
    return path


def note(path: str, told: dict[str, Any]) -> None:
    """Written beside and renamed: who reads it reads all of it."""
    with open(path + ".new", "wb", 0) as file:
        text = as_text(told).encode()
        while text:
            text = text[file.write(text) :]
    os.rename(path + ".new", path)


def noted(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb", 0) as file:
            return words(file.read())
    except FileNotFoundError:
        return {}


def about(folder: str) -> dict[str, Any]:
    found = noted(os.path.join(folder, "about"))
    return dict(found, detached=os.path.exists(os.path.join(folder, "detached"))) if found else {}


def state(folder: str) -> dict[str, Any]:
    """How it ended; nothing while it runs."""
    path = os.path.join(folder, "exit")
    ended = noted(path)
    if ended or alive(folder):
        return ended
    # It may have ended between the two looks.
    return noted(path) or dict(LOST)


def alive(folder: str) -> bool:
    """Whether its supervisor, who holds a lock for as long as it lives, is there."""
    try:
        lock = os.open(os.path.join(folder, "lock"), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
