"""What `signal` has, as plain numbers: to make enums of them, it takes longer than a whole daemon to start."""

from __future__ import annotations

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from signal import *  # noqa: F403 - all of it
else:
    from _signal import *  # noqa: F403 - likewise
