"""A clock of the wall that jumps while programs look at it: theirs alone, through a library that is put before libc."""

from __future__ import annotations

import mmap
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kit import require

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long nothing, *ahead = &nothing;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_AHEAD"), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *found = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) ahead = found;
    close(file);
}

int clock_gettime(clockid_t id, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, id, now);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += *ahead;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (place) *place = found.tv_sec;
    return found.tv_sec;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`environ` is for the programs that are to look at it."""

    library: Path
    file: Path

    @classmethod
    def make(cls, place: Path) -> Clock:
        require.need("gcc")
        made = cls(library=place / "clock.so", file=place / "ahead")
        argv = ("gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-o", str(made.library), "-")
        subprocess.run(argv, input=SOURCE.encode(), check=True)
        made.file.write_bytes(bytes(8))
        return made

    @property
    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "CLOCK_AHEAD": str(self.file)}

    def jump(self, seconds: int) -> None:
        """So far ahead of the machine's clock, from now on."""
        with self.file.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shown:
            shown[:] = seconds.to_bytes(8, "little", signed=True)
