"""What programs under supervisord print: taken where it arrives, given on in whole lines with their names."""

from __future__ import annotations

import copy
import os
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supervisor.loggers import LogRecord
    from supervisor.options import ProcessConfig
    from supervisor.process import Subprocess

CHANNELS = ("stdout", "stderr")
# What never ends a line is printed in pieces of this size.
LONGEST_LINE = 4 << 20
TOLD = ("spawned: ", "exited: ", "stopped: ", "gave up: ", "spawnerr: ")
# Its socket is a file in a folder that is ours alone.
UNTOLD = "without any HTTP authentication checking"


class Output:
    """Whole lines on their way to one descriptor, each after the name of its program."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begun: dict[tuple[str, str, str], bytearray] = {}

    def add(self, group: str, program: str, channel: str, data: bytes) -> None:
        begun = self._begun.setdefault((group, program, channel), bytearray())
        lines, newline, rest = data.rpartition(b"\n")
        if newline:
            self._print(program, channel, bytes(begun) + lines)
            begun.clear()
        begun += rest
        if len(begun) >= LONGEST_LINE:
            self._print(program, channel, bytes(begun))
            begun.clear()

    def end(self, group: str, program: str) -> None:
        """Print what the program left without the end of a line."""
        for channel in CHANNELS:
            begun = self._begun.pop((group, program, channel), None)
            if begun:
                self._print(program, channel, bytes(begun))

    def end_all(self) -> None:
        for group, program, _ in list(self._begun):
            self.end(group, program)

    def say(self, text: str) -> None:
        self._write(os.fsencode("".join(f"supervisord | {line}".rstrip() + "\n" for line in text.splitlines())))

    def _print(self, program: str, channel: str, lines: bytes) -> None:
        prefix = os.fsencode(f"{program} {channel} | ")
        self._write(prefix + lines.replace(b"\n", b"\n" + prefix) + b"\n")

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                poll = select.poll()
                poll.register(self._descriptor, select.POLLOUT)
                poll.poll()
            except OSError:
                # Nobody reads, or the disk is full: programs go on, and later lines are tried again.
                return


class Handler:
    """What supervisor's loggers expect of those that they hand their records to, beside `emit`."""

    level = 0

    def flush(self) -> None:
        pass

    close = remove = reopen = flush


class Tap(Handler):
    """On one channel of one process."""

    def __init__(self, output: Output, process: Subprocess, channel: str) -> None:
        self._output = output
        self._names = (*names_of(process), channel)

    def emit(self, record: LogRecord) -> None:
        self._output.add(*self._names, record.msg)


class Chatter(Handler):
    """On what supervisord says itself: of that, what helps to understand a log."""

    def __init__(self, output: Output, level: int) -> None:
        self._output = output
        self._warning = level

    def emit(self, record: LogRecord) -> None:
        text = record.asdict()["message"]
        if text.startswith(TOLD) or (record.level >= self._warning and UNTOLD not in text):
            self._output.say(text)


def names_of(process: Subprocess) -> tuple[str, str]:
    return process.group.config.name if process.group else "", process.config.name


def tapped_config(config: ProcessConfig, output: Output) -> ProcessConfig:
    """The same, printed; a copy, because supervisorctl compares the original with the file."""
    from supervisor.dispatchers import POutputDispatcher

    tapped = copy.copy(config)
    for channel in CHANNELS:
        if _drop_automatic(config, channel):
            setattr(tapped, f"{channel}_logfile", None)

    def printed(channel: str) -> bool:
        return not getattr(tapped, f"{channel}_logfile") or getattr(tapped, f"{channel}_events_enabled")

    def make_dispatchers(process: Subprocess) -> object:
        dispatchers, pipes = type(config).make_dispatchers(tapped, process)
        for each in dispatchers.values():
            if isinstance(each, POutputDispatcher) and printed(each.channel):
                each.normallog = each.childlog = each.normallog or config.options.getLogger()
                each.normallog.addHandler(Tap(output, process, each.channel))
        return dispatchers, pipes

    tapped.make_dispatchers = make_dispatchers
    return tapped


def _drop_automatic(config: ProcessConfig, channel: str) -> bool:
    """Whether the log file is one that supervisord made, for want of a name."""
    path = getattr(config, f"{channel}_logfile") or ""
    folder, name = os.path.split(path)
    options = config.options
    automatic = folder == options.childlogdir and name.startswith(f"{config.name}-{channel}---{options.identifier}-")
    if automatic and os.path.exists(path):
        os.unlink(path)
    return automatic
