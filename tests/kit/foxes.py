"""Daemons of tests: small programs, started in a folder of their own and gone at the end."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon import places, processes, start, stop
from tampu.daemon.wish import Wish
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.daemon.places import Place
    from tampu.daemon.start import Started
    from tampu.daemon.stop import Stopped

LIB = Path(places.__file__).parents[2]
PATIENCE = 60.0
PAUSE = 0.005
SLEEP = ("sleep", "1000")


class Daemons:
    """One name in one folder."""

    def __init__(self, folder: Path, name: str = "fox") -> None:
        self.folder = folder
        self.place: Place = places.place(name, folder)
        self.log = folder / f"{name}.log"
        env = {"PATH": os.defpath}
        self.wish = Wish(name=name, argv=SLEEP, pid_dir=folder, env=env, log=self.log, stop_timeout=PATIENCE)

    def start(self, *argv: str, **changes: object) -> Started:
        return start.start(self.asked(*argv, **changes))

    def asked(self, *argv: str, **changes: object) -> Wish:
        return replace(self.wish, argv=argv or self.wish.argv, **changes)  # type: ignore[arg-type]

    def stop(self, timeout: float = PATIENCE) -> Stopped:
        return stop.stop(self.place, timeout)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def says(self, text: str) -> str:
        """All that it has said, once that is part of it."""
        until(lambda: text in self.said())
        return self.said()


def until(there: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline
        time.sleep(PAUSE)


def gone(pid: int) -> bool:
    """Also of one that only waits for its parent."""
    return processes.read(pid) is None
