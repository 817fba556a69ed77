"""Starts helpers of a daemon: parts of tampu that run by themselves, and belong to no daemon's tree."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from tampu.daemon.become import close_others, take_streams
from tampu.daemon.detach import forget_handlers

LIBRARY = Path(__file__).resolve().parents[2]
# Where a Python finds its own libraries may be said there; nothing else is of use to a helper.
INHERITED = ("LD_LIBRARY_PATH", "TZ")


def start(module: str, *words: str, env: dict[str, str], stdin: int) -> None:
    """In the background, as nobody's child."""
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    try:
        os.setsid()
        if not os.fork():
            become(module, *words, env=env, stdin=stdin)
    finally:
        os._exit(0)


def become(module: str, *words: str, env: dict[str, str], stdin: int, keep: tuple[int, ...] = ()) -> NoReturn:
    """Turn this process into the helper, which gets what `main` of that module is called with."""
    try:
        forget_handlers()
        # One that comes before the helper listens.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.chdir("/")
        take_streams(os.open(os.devnull, os.O_RDWR), into=stdin)
        close_others(keep)
        for descriptor in keep:
            os.set_inheritable(descriptor, True)  # noqa: FBT003 - Python's own
        code = (
            f"import sys; sys.path.insert(0, sys.argv.pop(1)); from {module} import main; sys.exit(main(*sys.argv[1:]))"
        )
        few = {name: env[name] for name in INHERITED if name in env}
        os.execve(sys.executable, (sys.executable, "-I", "-S", "-c", code, str(LIBRARY), *words), few)  # noqa: S606 - words, no shell
    finally:
        os._exit(os.EX_OSERR)
