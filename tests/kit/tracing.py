"""Kills whichever process makes the Nth system call of a piece of work, before that call is done or just after."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TRACEME, CONT, SYSCALL, SETOPTIONS, DETACH = 0, 7, 24, 0x4200, 17
# Of ptrace: a call is told from a trap, and children are traced from their first instruction on.
OPTIONS = 0x01 | 0x02 | 0x04 | 0x08 | 0x10
EVENT_EXEC = 4
CALL = signal.SIGTRAP | 0x80
WALL = 0x40000000
HIT, NOT_HIT = 3, 4


def kill_at(number: int, work: Callable[[], object]) -> bool:
    """Whether there were so many; each call counts twice, when it begins and when it is done."""
    tracer = os.fork()
    if not tracer:
        try:
            os._exit(HIT if _trace(number, work) else NOT_HIT)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(tracer, 0)[1])
    if code not in {HIT, NOT_HIT}:
        raise ChildProcessError(code)
    return code == HIT


def _trace(number: int, work: Callable[[], object]) -> bool:
    """Who is still traced when this process ends goes on untraced."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    child = os.fork()
    if not child:
        libc.ptrace(TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    libc.ptrace(SETOPTIONS, child, None, OPTIONS)
    libc.ptrace(SYSCALL, child, None, 0)
    calls = 0
    while True:
        pid, status = os.waitpid(-1, WALL)
        if os.WIFSTOPPED(status):
            signal_ = os.WSTOPSIG(status)
            if status >> 16 == EVENT_EXEC:
                libc.ptrace(DETACH, pid, None, 0)
                continue
            if signal_ == CALL:
                calls += 1
                if calls == number:
                    os.kill(pid, signal.SIGKILL)
                    return True
            quiet = signal_ in {CALL, signal.SIGTRAP, signal.SIGSTOP}
            libc.ptrace(SYSCALL, pid, None, 0 if quiet else signal_)
        elif pid == child:
            return False
