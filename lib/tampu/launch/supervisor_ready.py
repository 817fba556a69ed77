"""The app's server has started once it can answer: whenever it ends before that, it could not be started."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supervisor.process import Subprocess

SERVER = "bin/uwsgi_start"
# In seconds: longer than anything runs.
FOREVER = 10**9


def await_answers(process: Subprocess, environ: Mapping[str, str]) -> None:
    """Else what fails after a second of imports has started, and is started again without end."""
    from supervisor.states import ProcessStates

    if SERVER not in process.config.command or "TAMPU_RUN" not in environ:
        return
    ready = os.path.join(environ["TAMPU_RUN"], "ready")
    seconds, spawn = process.config.startsecs, process.spawn

    class Patient(type(process.config)):  # type: ignore[misc]
        @property
        def startsecs(self) -> int:
            waits = process.state == ProcessStates.STARTING and not os.path.exists(ready)
            return FOREVER if waits else seconds

    def spawn_unready() -> object:
        with suppress(OSError):
            os.unlink(ready)
        return spawn()

    process.config.__class__ = Patient
    process.spawn = spawn_unready
