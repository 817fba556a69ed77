"""A program that runs threads can't be forked: it is executed once more, detached, and becomes the daemon there.

The new process runs the program from its beginning, up to the same call of `start`.
"""

from __future__ import annotations

import os
import sys

from tampu.daemon import start
from tampu.daemon.detach import News, Report, read_news
from tampu.daemon.processes import contents
from tampu.errors import TampuError

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tampu.daemon.places import Place

DETACHED = "TAMPU_DETACHED"
# In /proc/self/stat, behind the name.
THREADS = 17


class TooLate(TampuError):
    reason = "daemon::threads"

    def __init__(self, name: str) -> None:
        super().__init__(
            title=f"{name} can't become a daemon any more",
            found="threads that run, and no file of the program to execute once more",
            expected="no thread but the main one when a program from stdin or a console calls start()",
            todo="Call start() before the first thread is started, or put the program into a file.",
        )


def needed() -> bool:
    """Also for threads that Python doesn't know of."""
    return int(contents("/proc/self/stat").rpartition(b")")[2].split()[THREADS]) > 1


def report(environ: MutableMapping[str, str]) -> Report | None:
    """To whom the process that was executed once more reports."""
    descriptor = environ.pop(DETACHED, "")
    if not descriptor.isdecimal():
        return None
    os.set_inheritable(int(descriptor), False)  # noqa: FBT003 - os has it so
    return Report(int(descriptor))


def start_anew(place: Place, environ: MutableMapping[str, str]) -> int:
    """The number of the daemon, once it is ready."""
    words = sys.orig_argv
    if len(words) == 1 or words[-1] == "-":
        raise TooLate(place.name)
    told, tell = os.pipe()
    try:
        os.set_inheritable(tell, True)  # noqa: FBT003 - likewise
        os.posix_spawn(sys.executable, words, {**environ, DETACHED: str(tell)}, setsid=True)
    finally:
        os.close(tell)
    try:
        news = read_news(told)
    finally:
        os.close(told)
    return _pid(place, news)


class Telling:
    """What goes wrong here is told there, and nowhere else."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __enter__(self) -> None:
        """Nothing went wrong yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, TampuError):
            what = start.RUNNING if isinstance(error, start.AlreadyRunning) else error.title
            self._report.failed(what, error.advice)
            os._exit(os.EX_OSERR)


def _pid(place: Place, news: News) -> int:
    if news.failed and news.failed[0] == start.RUNNING:
        raise start.AlreadyRunning(place, 0)
    if news.failed:
        raise start.NotStarted(place.name, *news.failed)
    if not news.pid:
        raise start.NotStarted(place.name, "the program, executed once more", "it ended before it came to start()")
    return news.pid
