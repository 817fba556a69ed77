"""`Daemon`: a Python program that makes a daemon of itself, with the names that supay has for it."""

from __future__ import annotations

import os
import sys

from tampu.daemon import identity, inplace, places, signals, start, stop, successor
from tampu.daemon.identity import State
from tampu.daemon.stop import Stopped
from tampu.errors import TampuError

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn, Protocol

    from tampu.daemon.locks import Lock

    class Writer(Protocol):
        def write(self, text: str, /) -> object: ...


NO_RECORD = "\nPID file not found. Process may not be running.\n\n"
STARTING = "\nStarting the {name} daemon.\nWith PID:\t {pid}\n\n"
STOPPING = "\nStopping the {name} daemon.\nWith pid number {pid}\n\n"
REMOVED = "\nRemoved defunct PID file. Try starting the daemon now.\n\n"


class Daemon:
    """`start` returns in the daemon only; whoever calls it leaves, with exit code 0 if the daemon is ready."""

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of supay
        self,
        name: str = "PythonDaemon",
        pid_dir: str | os.PathLike[str] | None = None,
        log: bool = True,  # noqa: FBT001, FBT002 - likewise
        catch_all_log: str | os.PathLike[str] | bool | None = None,  # noqa: FBT001 - likewise
        stdin: str | os.PathLike[str] | None = None,
        stdout: str | os.PathLike[str] | None = None,
        stderr: str | os.PathLike[str] | None = None,
        err_writer: Writer | None = None,
    ) -> None:
        usual = places.folders(os.environ, os.geteuid())
        self.name = name
        self.log = log
        self.catch_all_log = catch_all_log
        self.err_writer: Writer = err_writer or sys.stderr
        self.pid_dir = os.path.abspath(usual.run if pid_dir is None else pid_dir)
        self._logs = usual.log
        self._place = places.place(name, self.pid_dir)
        self._reads = None if catch_all_log or stdin is None or os.path.isdir(stdin) else os.path.abspath(stdin)
        self.pid = self._place.record
        self.stdin, self.stdout, self.stderr = map(self.log_path, (stdin, stdout, stderr))

    def log_path(self, path: str | os.PathLike[str] | None = None) -> str:
        everything = self.catch_all_log if isinstance(self.catch_all_log, str | os.PathLike) else None
        return self.dir_to_file(everything or path or self._logs)

    def dir_to_file(self, path: str | os.PathLike[str]) -> str:
        folder = os.path.abspath(path)
        return f"{folder}/{self.name}.log" if os.path.isdir(folder) or folder == self._logs else folder

    def start(self, check_pid: bool = True, verbose: bool = True) -> None:  # noqa: FBT001, FBT002 - as supay has it
        """Only one of a name runs; without check_pid there may be any number, which nobody can stop or ask for."""
        if check_pid and foreground(os.environ):
            self._stay()
        elif check_pid:
            self._begin(lambda lock: start.make_room(self._place, lock, stop.PATIENCE), verbose=verbose)
        else:
            self._loose()

    def restart(self, verbose: bool = True) -> None:  # noqa: FBT001, FBT002 - likewise
        """As `stop` and `start`, but nobody gets in between. The daemon and its workers may call it too."""
        if begun := successor.begun(self._place):
            self._hand_over(begun)
            return
        self._begin(
            lambda lock: self._tell(stop.stop_held(self._place, lock, stop.PATIENCE), verbose=verbose), verbose=verbose
        )

    def stop(self, verbose: bool = True) -> int:  # noqa: FBT001, FBT002 - likewise
        """Returns when it and all that it started are gone, with 0, as where nothing ran."""
        stopped = Stopped(pid=0, was=State.ABSENT)
        try:
            if os.path.isdir(self._place.folder):
                stopped = stop.stop(self._place)
        except TampuError as error:
            self._fail(error)
        self._tell(stopped, verbose=verbose)
        return 0

    def status(self) -> int:
        """0 if it runs, else what init scripts say: 1 it died, 3 it doesn't run, 4 that can't be told."""
        from tampu.daemon.status import EXIT_CODES, NOT_RUNNING, RUNNING

        found = identity.look(self._place)
        code = EXIT_CODES[found.state]
        if code == NOT_RUNNING:
            self.err_writer.write(NO_RECORD)
        elif code == RUNNING:
            _say(f"\n{self.name} process is running with PID: {found.pid}\n\n")
        else:
            _say(f"\n{self.name} process is {'not running' if found.state == State.DEAD else found.state}.\n\n")
        return code

    def spawn_child(self) -> int:
        """Returns 0 in the child. The daemon itself goes on, with the child's number; any other caller leaves."""
        found = identity.look(self._place)
        return self._loose(stays=found.pid == os.getpid())

    def err_msg(self, text: str) -> NoReturn:
        self.err_writer.write(text)
        sys.exit(1)

    def _begin(self, make_room: Callable[[Lock], None], *, verbose: bool) -> None:
        _flush()
        try:
            pid = inplace.begin(self._itself(), self._place, make_room)
        except TampuError as error:
            self._fail(error)
        if pid is not None:
            if verbose:
                _say(STARTING.format(name=self.name, pid=pid))
            _leave()

    def _hand_over(self, begun: successor.Begun) -> None:
        """What can't be done is said, and the daemon goes on as it is."""
        _flush()
        try:
            successor.hand_over(self._place, begun, os.environ)
        except TampuError as error:
            self.err_writer.write(f"\n{error.as_text()}")
            return
        signals.raise_signal(signals.SIGTERM)

    def _loose(self, *, stays: bool = False) -> int:
        _flush()
        try:
            pid = inplace.loose(self._itself(), self.name)
        except TampuError as error:
            self._fail(error)
        if pid is not None and not stays:
            _leave()
        return pid or 0

    def _stay(self) -> None:
        from tampu.daemon import notify

        try:
            inplace.stay(self._itself(), self._place)
        except TampuError as error:
            self._fail(error)
        notify.ready()

    def _itself(self) -> inplace.Itself:
        nothing = inplace.Streams(stdin=None, stdout=None, stderr=None)
        logs = inplace.Streams(stdin=self._reads, stdout=self.stdout, stderr=self.stderr)
        return inplace.Itself(environ=os.environ, streams=logs if self.log else nothing, texts=(sys.stdout, sys.stderr))

    def _tell(self, stopped: Stopped, *, verbose: bool) -> None:
        if not verbose:
            return
        if stopped.pid:
            _say(STOPPING.format(name=self.name, pid=stopped.pid))
        else:
            _say(REMOVED if stopped.was == State.DEAD else NO_RECORD)

    def _fail(self, error: TampuError) -> NoReturn:
        if isinstance(error, start.AlreadyRunning):
            self.err_msg(f"\n{self.name} already running\n")
        self.err_msg(f"\n{error.as_text()}")


def foreground(environ: Mapping[str, str]) -> bool:
    """Whether systemd or supervisord has started this very process, and looks after it."""
    own = str(os.getpid())
    by_supervisord = "SUPERVISOR_ENABLED" in environ and os.getpgrp() == os.getpid() != os.getsid(0)
    return environ.get("SYSTEMD_EXEC_PID") == own or by_supervisord


def _say(text: str) -> None:
    if sys.stdout:
        sys.stdout.write(text)


def _flush() -> None:
    for text in (sys.stdout, sys.stderr):
        if text:
            text.flush()


def _leave() -> NoReturn:
    """Without what the program has registered for its end: that is the daemon's to do."""
    _flush()
    os._exit(0)
