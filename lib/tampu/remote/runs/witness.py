"""What is noted of a run while it goes: when, what went in, what came out. It loads next to nothing."""

from __future__ import annotations

import os
import time

from tampu.remote.links.talk import Cut
from tampu.remote.links.wire import BadFrame, Kind, as_text, said, words
from tampu.remote.runs.watch import Watch

try:
    # hashlib loads all the others, too.
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tampu.remote.links.link import Link
    from tampu.remote.quick.spare import Lent
    from tampu.remote.runs.watch import Outcome

RECORDS, BLOBS = "records", "blobs"
# Input that is larger is not kept, and a replay asks for it.
LARGEST_INPUT = 1 << 20
OF_THE_STORE = 3
ENDS = ("code", "signal", "error", "running", "lost")


class Stream:
    def __init__(self) -> None:
        self._made = sha256()
        self._size = 0

    def add(self, data: bytes) -> None:
        self._made.update(data)
        self._size += len(data)

    def told(self) -> dict[str, Any]:
        return {"sha256": self._made.hexdigest(), "size": self._size}


class Witness:
    """`data` is the folder of what is kept, `about` what is known before the run; a record never stops a run."""

    def __init__(self, data: str, about: Mapping[str, Any], run: str, stdin: int | None) -> None:
        self._data = data
        self._told = {"started": time.time(), **about, "id": run}
        self._place = f"{data}/{RECORDS}/{run}.json"
        self._streams = {"out": Stream(), "err": Stream()}
        self._input = Stream()
        self._kept = bytearray()
        self._typed = stdin is not None and os.isatty(stdin)
        self._silent = stdin is None

    def begin(self) -> None:
        """So that whoever is killed leaves a record, too."""
        write(self._place, as_text(self._told).encode())

    def forget(self) -> None:
        """It came to nothing."""
        try:
            os.unlink(self._place)
        except OSError:
            pass

    def leave(self) -> None:
        """It goes on, and nobody looks."""
        self._told["exit"] = {"running": True}
        self.begin()

    def wrote(self, stream: str, data: bytes) -> None:
        self._streams[stream].add(data)

    def read(self, data: bytes) -> None:
        """What somebody types is not kept: it may be a password."""
        if not self._typed:
            self._input.add(data)
            if len(self._kept) <= LARGEST_INPUT:
                self._kept += data

    def end(self, outcome: Outcome, outputs: list[list[Any]] | None) -> dict[str, Any]:
        self._told |= {
            "ended": time.time(),
            "exit": {name: value for name in ENDS if (value := getattr(outcome, name))} or {"code": 0},
            "stdin": self._stdin(),
            **{name: stream.told() for name, stream in self._streams.items()},
            "outputs": outputs,
        }
        write(self._place, as_text(self._told).encode())
        return self._told

    def _stdin(self) -> dict[str, Any]:
        if self._typed or self._silent:
            return {"terminal": True} if self._typed else {}
        told = self._input.told()
        if 0 < len(self._kept) <= LARGEST_INPUT:
            write(f"{self._data}/{BLOBS}/{told['sha256']}", bytes(self._kept))
        return told


class Noted(Watch):
    """A run with a witness."""

    witness: Witness | None = None

    def take(self, kind: int, body: bytes) -> None:
        if kind == Kind.STARTED and self.witness:
            self.witness.begin()
        super().take(kind, body)

    def _write(self, stream: str, data: bytes) -> None:
        if self.witness:
            self.witness.wrote(stream, data)
        super()._write(stream, data)

    def _read(self, stdin: int) -> None:
        before = len(self._unread)
        super()._read(stdin)
        if self.witness:
            self.witness.read(bytes(self._unread[before:]))


def written(link: Link | Lent, run: str) -> list[list[Any]] | None:
    """Path, SHA-256, size and mode of each file that it has written; None if the host can't tell."""
    link.send(said(Kind.CHANGED, OF_THE_STORE, id=run))
    return awaited(link, [])


def awaited(link: Link | Lent, come: list[tuple[int, bytes]]) -> list[list[Any]] | None:
    """The same where it was asked for before, and may have come already."""
    try:
        while True:
            come += [(kind, body) for kind, channel, body in link.frames() if channel == OF_THE_STORE]
            for kind, body in come:
                if kind == Kind.CHANGED:
                    files = words(body)["files"]
                    return [[str(path), str(sha), int(size), int(mode)] for path, sha, size, mode in files]
                if kind == Kind.FAULT:
                    return None
            link.wait()
    except (Cut, BadFrame, KeyError, TypeError, ValueError):
        return None


def write(place: str, data: bytes) -> None:
    """Beside, and renamed; where that can't be done, nothing is written."""
    new = f"{place}.{os.getpid()}"
    try:
        try:
            end = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(place), 0o700, exist_ok=True)
            end = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with open(end, "wb") as file:
            file.write(data)
        os.rename(new, place)
    except OSError:
        pass
