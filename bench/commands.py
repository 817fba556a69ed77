"""Commands that benches run: done, timed, started and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    Words = Sequence[str | os.PathLike[str]]

PATIENCE = 20


def done(command: Words, environ: Mapping[str, str], *, folder: Path | None = None, fails: bool = False) -> str:
    ended = subprocess.run(
        command, cwd=folder, env=environ, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if (ended.returncode != 0) != fails:
        sys.exit(f"{' '.join(map(str, command))} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def timed(commands: Iterable[Words], environ: Mapping[str, str], *, fails: bool = False) -> float:
    started = time.perf_counter()
    for command in commands:
        done(command, environ, fails=fails)
    return time.perf_counter() - started


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    """All that it has started too, where that stayed in its group."""
    process.send_signal(number)
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
