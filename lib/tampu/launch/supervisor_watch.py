"""A run of supervisord as we want it: prompt, with an end when what is needed has ended."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import supervisor_bonds
import supervisor_door
import supervisor_ready
from supervisor_lines import Chatter, Output, names_of, tapped_config

if TYPE_CHECKING:
    from supervisor.events import ProcessStateEvent
    from supervisor.options import ServerOptions
    from supervisor.process import ProcessGroup, Subprocess
    from supervisor.supervisord import Supervisor

# What is due at a moment is done just after it.
A_LITTLE = 0.01
FAREWELL = 0.5
FRONT = "nginx"
HANDLED = tuple(getattr(signal, f"SIG{name}") for name in ("TERM", "INT", "QUIT", "HUP", "USR2"))


class Bell:
    """Turns supervisord's loop at once; left alone it waits for a second."""

    def __init__(self, sockets: dict[int, object]) -> None:
        self._sockets = sockets
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        sockets[self._reader] = self
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._moments: list[float] = []
        signal.signal(signal.SIGALRM, self._set_alarm)
        self.ring()

    def ring(self) -> None:
        try:
            os.write(self._writer, b"\0")
        except BlockingIOError:
            return

    def ring_at(self, moment: float) -> None:
        self._moments.append(moment)
        self._set_alarm()

    def _set_alarm(self, *_: object) -> None:
        now = time.time()
        self._moments = sorted(moment for moment in self._moments if moment > now)
        signal.setitimer(signal.ITIMER_REAL, self._moments[0] - now + A_LITTLE if self._moments else 0)

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._moments.clear()
        del self._sockets[self._reader]
        os.close(self._reader)
        os.close(self._writer)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        # Not more than one: a turn of the loop handles a single signal.
        os.read(self._reader, 1)

    def handle_error(self) -> None:
        """Nothing was there to be read."""


class Watch:
    """All that is ours in one run of supervisord."""

    def __init__(self, options: ServerOptions) -> None:
        from supervisor import events

        self.output = Output(1)
        self.prints_all = False
        self._bell = Bell(options.get_socket_map())
        self._options = options
        self._needed: frozenset[str] = frozenset()
        self._held: dict[str, object] = {}
        self._door: supervisor_door.Door | None = None
        self._failed = False
        self._cleanup = options.cleanup
        options.cleanup = self._leave
        events.subscribe(events.ProcessStateEvent, self._changed)
        events.subscribe(events.SupervisorStoppingEvent, lambda _: self._turn_for_each_group())

    @staticmethod
    def of(options: ServerOptions) -> Watch:
        if not hasattr(options, "tampu_watch"):
            options.tampu_watch = Watch(options)
        watch: Watch = options.tampu_watch
        return watch

    def take_over(self, supervisord: Supervisor, needed: frozenset[str]) -> None:
        """Print for all programs, and stop all of them when a needed one is lost."""
        from supervisor import events
        from supervisor.loggers import LevelsByName

        self.prints_all = True
        self._needed = needed
        if FRONT in needed:
            self._door = supervisor_door.make(os.environ)
            events.subscribe(events.SupervisorStoppingEvent, lambda _: self._close_door())
        logger = self._options.logger
        if not any(getattr(handler, "stream", None) is sys.stdout for handler in logger.handlers):
            logger.addHandler(Chatter(self.output, LevelsByName.WARN))
        for group in supervisord.process_groups.values():
            self._join(group)
        events.subscribe(
            events.ProcessGroupAddedEvent, lambda event: self._join(supervisord.process_groups[event.group])
        )
        self._heed_failed_boot()

    def _join(self, group: ProcessGroup) -> None:
        for process in group.processes.values():
            process.config = tapped_config(process.config, self.output)
            _shield(process)
            supervisor_bonds.bind(process)
            supervisor_ready.await_answers(process, os.environ)
            if process.config.name == FRONT and self._door:
                _hand(process, self._door)
        if group.config.name in self._needed and hasattr(group, "socket_manager"):
            # Held, it is open while the program is not: its clients wait, and none is refused.
            self._held[group.config.name] = group.socket_manager.get_socket()

    def _heed_failed_boot(self) -> None:
        try:
            with open(os.path.join(os.environ["TAMPU_RUN"], "failed"), encoding="utf-8", errors="replace") as failed:
                reason = failed.read().strip()
        except (KeyError, OSError):
            return
        self._stop(f"not started, for what comes before it failed: {reason}")

    def _changed(self, event: ProcessStateEvent) -> None:
        from supervisor.states import SIGNALLABLE_STATES, ProcessStates, SupervisorStates

        process = event.process
        if process.state not in SIGNALLABLE_STATES:
            self.output.end(*names_of(process))
            if process.config.name == FRONT and process.pid:
                supervisor_bonds.take_along(process)
        elif process.state == ProcessStates.STOPPING and process.config.name == FRONT:
            # For its own last words.
            process.delay += FAREWELL
        if self._options.mood == SupervisorStates.RUNNING and self._needed & {*names_of(process)} and _is_lost(event):
            self._lose(process.config.name)
        self._turn_for_each_group()
        starting = process.state == ProcessStates.STARTING
        self._bell.ring_at(process.laststart + process.config.startsecs if starting else process.delay)

    def _close_door(self) -> None:
        if self._door:
            self._door.close()

    def _turn_for_each_group(self) -> None:
        # At the end, each has its own turn, even if it ended long ago.
        for _ in self._options.process_group_configs:
            self._bell.ring()

    def _lose(self, program: str) -> None:
        if os.environ.get("TAMPU_UP"):
            self.output.say(f"{program} doesn't run; waiting for the next change")
        else:
            self._stop(f"{program} doesn't run, and nothing works without it: all is stopped")

    def _stop(self, why: str) -> None:
        from supervisor.states import SupervisorStates

        self.output.say(why)
        self._failed = True
        self._options.mood = SupervisorStates.SHUTDOWN

    def _leave(self) -> None:
        self._cleanup()
        self._held.clear()
        self._bell.close()
        self.output.end_all()
        if self._failed:
            sys.exit(1)


def _shield(process: Subprocess) -> None:
    """What is sent to a child that isn't its program yet waits, and isn't lost to supervisord's handlers."""
    spawn, prepare = process.spawn, process._prepare_child_fds  # noqa: SLF001

    def shielded_spawn() -> object:
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            return spawn()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)

    def prepare_unshielded() -> None:
        for number in HANDLED:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        prepare()

    process.spawn, process._prepare_child_fds = shielded_spawn, prepare_unshielded  # noqa: SLF001


def _hand(process: Subprocess, door: supervisor_door.Door) -> None:
    """The door is the standard input of each process that is started for it."""
    prepare = process._prepare_child_fds  # noqa: SLF001

    def prepare_with_door() -> None:
        # This is a child already: what it changes of supervisord is its own.
        process.pipes["child_stdin"] = door.fileno()
        prepare()

    process._prepare_child_fds = prepare_with_door  # noqa: SLF001


def _is_lost(event: ProcessStateEvent) -> bool:
    from supervisor.datatypes import RestartWhenExitUnexpected
    from supervisor.states import ProcessStates

    restart = event.process.config.autorestart
    ended_for_good = not restart or (restart is RestartWhenExitUnexpected and event.expected)
    state = event.process.state
    return bool(state == ProcessStates.FATAL or (state == ProcessStates.EXITED and ended_for_good))
