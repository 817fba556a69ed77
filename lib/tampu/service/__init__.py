"""Services of a machine: `tampu.service.init(user=…, …)` sets one up, `tampu service …` does it from a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tampu.service.planning import Plan


def init(*, root: str | Path = "/", yes: bool = False, **wish: object) -> None:
    """Set the service up, or bring it to what is asked for now. With `yes`, packages of the distribution too."""
    from tampu.service.desk import Desk

    desk = Desk.open(os.environ, Path(root))
    desk.set_up(desk.read(wish, "tampu.service.init"), agreed=yes)


def plan(*, root: str | Path = "/", yes: bool = False, **wish: object) -> Plan:
    """All that `init` would do: every file, user and command."""
    from tampu.service.desk import Desk

    desk = Desk.open(os.environ, Path(root))
    return desk.plan(desk.read(wish, "tampu.service.plan"), agreed=yes)


def remove(name: str, *, root: str | Path = "/") -> None:
    """Take away all that `init` has made, what the service has stored and logged included."""
    from tampu.service.desk import Desk

    Desk.open(os.environ, Path(root)).remove(name)
