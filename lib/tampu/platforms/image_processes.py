"""What can be started in an image, and what is started when nobody says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from tampu.build.model import Build

WEB = "web"
RELEASE = "release"


class NothingToStart(TampuError):
    reason = "image::nothing-to-start"
    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            title="There is nothing to start in an image of this app",
            found="no callable that answers requests, and no process in a Procfile",
            expected="a WSGI or ASGI callable, or a Procfile with a process",
            todo=(
                "Name the callable:        TAMPU_APP=package.module:app tampu image APP\n"
                "or say what to start:     echo 'web: python server.py' > Procfile"
            ),
        )


def refuse_nothing(plan: Build) -> None:
    if not lasting(plan):
        raise NothingToStart


def lasting(plan: Build) -> tuple[str, ...]:
    """Processes that run until they are ended, the one that answers first."""
    names = sorted(plan.processes, key=lambda name: name != WEB)
    return tuple(name for name in names if name != RELEASE)
