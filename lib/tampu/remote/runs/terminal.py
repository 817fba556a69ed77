"""Our own terminal while a script has one over there: each key goes there as it is; then all is as it was before."""

from __future__ import annotations

import os
import termios
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_SIZE = (24, 80)


@contextmanager
def raw(stdin: int) -> Iterator[None]:
    """Nothing is changed where there is no terminal."""
    if not os.isatty(stdin):
        yield
        return
    before = termios.tcgetattr(stdin)
    tty.setraw(stdin)
    try:
        yield
    finally:
        # What was written is still to be shown as it was meant.
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def size(*ends: int) -> tuple[int, int]:
    """Lines and columns of the first that is a terminal."""
    for end in ends:
        if os.isatty(end):
            found = os.get_terminal_size(end)
            return found.lines or USUAL_SIZE[0], found.columns or USUAL_SIZE[1]
    return USUAL_SIZE
