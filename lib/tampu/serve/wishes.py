"""What a server in the background is to its daemon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon.asked import OF_ANOTHER
from tampu.daemon.wish import Notified, Wish

if TYPE_CHECKING:
    from tampu.daemon.places import Place
    from tampu.serve.options import Call
    from tampu.serve.program import Program

PATIENCE = 120.0
# What is being answered has ten seconds; then it has ten more to end.
PATIENCE_AT_STOP = 20.0
UMASK = "Umask:"


def of(call: Call, program: Program, place: Place) -> Wish:
    return Wish(
        name=place.name,
        argv=program.argv,
        pid_dir=Path(place.folder),
        env={name: value for name, value in program.env.items() if name not in OF_ANOTHER},
        cwd=call.here,
        umask=_umask(),
        user=call.user,
        group=call.group,
        log=call.log,
        ready=Notified(),
        start_timeout=PATIENCE,
        stop_timeout=PATIENCE_AT_STOP,
    )


def _umask() -> int:
    """The caller's: to ask the kernel for it by its own call would set it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
    return next(int(line.split()[1], 8) for line in lines if line.startswith(UMASK))
