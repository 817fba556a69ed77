"""What a machine says in many words when it has no more memory to give."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from tampu.world.run import CommandFailed

SIGNS = re.compile(
    r"Killed signal terminated program|memory allocation of \d+ bytes failed|^(?:\s*)MemoryError\b|std::bad_alloc"
    r"|Cannot allocate memory|os error 12\b|out of memory|virtual memory exhausted|failed to map segment"
    r"|signal: 9\b|exit code: -9\b",
    re.IGNORECASE | re.MULTILINE,
)


class OutOfMemory(TampuError):
    reason = "memory::exhausted"

    def __init__(self, found: str) -> None:
        super().__init__(
            title="There is not enough memory for this build",
            found=found,
            expected="room for what is compiled and installed",
            todo=(
                "Give the build more memory. What needs most of it is a package that is compiled: require a\n"
                "version that has wheels. Nothing half-made was kept."
            ),
        )


def is_of_memory(error: Exception) -> bool:
    """Libraries that can't be loaded for want of it are an error of another name."""
    return isinstance(error, MemoryError) or bool(isinstance(error, ImportError) and SIGNS.search(str(error)))


def exhausted(error: CommandFailed) -> OutOfMemory | None:
    """What a failed program's end has to do with memory, if anything: nobody else kills what a build starts."""
    if error.code == -signal.SIGKILL:
        return OutOfMemory(error.title)
    sign = SIGNS.search(error.output)
    return OutOfMemory(f"{error.title}: {sign.group().strip()}") if sign else None
