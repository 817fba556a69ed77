"""The port that `tampu up` serves on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world import ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Obstacle = Callable[[int], str]

USUAL = 8000
TRIED = 100


class BadPort(TampuError):
    reason = "up::bad-port"
    exit_code = 2

    def __init__(self, source: str, text: str) -> None:
        super().__init__(
            title=f"{source} is no port",
            found=f"{source} {text}",
            expected=f"a number from 1 to {ports.HIGHEST}",
            todo=f"Choose another one, or leave it out: then it is {USUAL}, or the next free one.",
        )


class PortTaken(TampuError):
    reason = "up::port-taken"

    def __init__(self, source: str, port: int, why: str) -> None:
        super().__init__(
            title=f"Nothing can listen on 127.0.0.1:{port}",
            found=f"127.0.0.1:{port} ({source}): {why}",
            expected="a port that this user may listen on, and nobody else does",
            todo=f"Choose another one, or leave it out: then it is {USUAL}, or the next free one.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """`instead` is the one that would have been taken if it were free."""

    number: int
    instead: int | None = None


def choose(option: str | None, environ: Mapping[str, str], obstacle: Obstacle = ports.obstacle) -> Port:
    """The one that was asked for, or the first free one."""
    source, text = ("--port", option) if option is not None else ("$PORT", environ.get("PORT") or None)
    if text is not None:
        return _asked(source, text, obstacle)
    free = next((number for number in range(USUAL, USUAL + TRIED) if not obstacle(number)), None)
    if free is None:
        raise PortTaken("the usual one and those after it", USUAL, obstacle(USUAL))
    return Port(number=free, instead=None if free == USUAL else USUAL)


def _asked(source: str, text: str, obstacle: Obstacle) -> Port:
    if not ports.is_port(text):
        raise BadPort(source, text)
    why = obstacle(int(text))
    if why:
        raise PortTaken(source, int(text), why)
    return Port(number=int(text))
