"""Run a script in its own Python and note the files that it touches: tracer.py NOTES SCRIPT [ARGS…]."""

from __future__ import annotations

import json
import os
import runpy
import sys
from contextlib import suppress
from inspect import currentframe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

READ, WRITTEN = "r", "w"
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
LOOKS = frozenset({"os.listdir", "os.scandir"})


def hook_into(notes: int) -> Callable[[str, tuple[object, ...]], None]:
    def hook(event: str, args: tuple[object, ...]) -> None:
        for path, what in touched(event, args):
            if isinstance(path, (str, bytes, os.PathLike)):
                name = os.path.abspath(os.fsdecode(path))
                if what == WRITTEN or os.path.exists(name):
                    os.write(notes, (json.dumps([what, place(currentframe()), name]) + "\n").encode())

    return hook


def touched(event: str, args: tuple[object, ...]) -> list[tuple[object, str]]:
    if event == "open":
        flags = args[2] if isinstance(args[2], int) else 0
        # What is opened to be added to is read as well, if it is there.
        both = flags & os.O_RDWR or flags & os.O_APPEND
        return [(args[0], READ)] * bool(both or not flags & WRITES) + [(args[0], WRITTEN)] * bool(flags & WRITES)
    if event == "sqlite3.connect":
        return [(args[0], READ), (args[0], WRITTEN)] if args[0] != ":memory:" else []
    if event == "os.rename":
        return [(args[0], READ), (args[1], WRITTEN)]
    if event == "subprocess.Popen" and isinstance(args[1], (list, tuple)):
        return [(word, READ) for word in args[1]]
    return [(args[0], READ)] if event in LOOKS else []


def place(frame: FrameType | None) -> str:
    """The line of the user's that led here."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith(("<", sys.prefix, sys.base_prefix)):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def main() -> None:
    notes = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    script = sys.argv[2]
    sys.argv[:] = sys.argv[2:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    sys.addaudithook(hook_into(notes))
    # How it ends is no matter: what it touched until then is what was asked for.
    with suppress(SystemExit):
        runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
