"""A group of processes that may use so much memory together, and no more: the kernel kills one that takes more."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CGROUPS = Path("/sys/fs/cgroup")
# Of cgroups v1, and v2.
KINDS = ((CGROUPS / "memory", "memory.limit_in_bytes"), (CGROUPS, "memory.max"))
PATIENCE = 60
PAUSE = 0.01


@contextmanager
def limited(pids: Iterable[int], size: int) -> Iterator[None]:
    """These processes, and all that they start from now on."""
    top, group, limit = _made()
    try:
        limit.write_text(str(size))
        for pid in pids:
            (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        _dissolve(group, top)


def _made() -> tuple[Path, Path, Path]:
    for top, name in KINDS:
        group = top / f"tampu-tests-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / name).exists():
            return top, group, group / name
        group.rmdir()
    require.lack("the right to make a group of processes with a limit of memory")
    raise AssertionError


def _dissolve(group: Path, top: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                (top / "cgroup.procs").write_text(pid)
        # Who is on the way to its end isn't shown, and is in it.
        with suppress(OSError):
            group.rmdir()
            return
        assert time.monotonic() < end
        time.sleep(PAUSE)
