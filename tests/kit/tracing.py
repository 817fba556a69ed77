"""Kills whichever process makes the Nth system call of a piece of work, before that call is done or just after.

Or the Nth of those that change a disk, and none else is stopped at: a twentieth of the time, and between two of them
a kill leaves the same wherever it comes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TRACEME, CONT, SYSCALL, SETOPTIONS, DETACH = 0, 7, 24, 0x4200, 17
# Of ptrace: a call is told from a trap, and children are traced from their first instruction on.
OPTIONS = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x80
EVENT_EXEC, EVENT_SECCOMP = 4, 7
CALL = signal.SIGTRAP | 0x80
WALL = 0x40000000
HIT, NOT_HIT = 3, 4
# Their numbers where we know them; elsewhere each call is taken for one that changes something.
CHANGING = {
    "x86_64": (
        *(1, 20, 18, 40, 326, 16),  # write, writev, pwrite64, sendfile, copy_file_range, ioctl
        *(2, 85, 257, 76, 77, 285),  # open, creat, openat, truncate, ftruncate, fallocate
        *(82, 264, 316, 86, 265, 88, 266),  # rename, renameat, renameat2, link, linkat, symlink, symlinkat
        *(87, 263, 83, 258, 84, 74, 75),  # unlink, unlinkat, mkdir, mkdirat, rmdir, fsync, fdatasync
        *(90, 91, 268, 280, 73, 231),  # chmod, fchmod, fchmodat, utimensat, flock, exit_group
    )
}.get(platform.machine(), ())
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD_NUMBER, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
TRACE_IT, ALLOW_IT = 0x7FF00000, 0x7FFF0000


def kill_at(number: int, work: Callable[[], object]) -> bool:
    """Whether there were so many; each call counts twice, when it begins and when it is done."""
    return _in_a_process(lambda: _trace(number, work, SYSCALL))


def kill_before_change(number: int, work: Callable[[], object]) -> bool:
    """Whether there were so many; of work that runs no other program."""
    if not CHANGING:
        return kill_at(2 * number - 1, work)

    def stopped_at_changes() -> None:
        _stop_at_changes()
        work()

    return _in_a_process(lambda: _trace(number, stopped_at_changes, CONT))


def _in_a_process(trace: Callable[[], bool]) -> bool:
    tracer = os.fork()
    if not tracer:
        try:
            os._exit(HIT if trace() else NOT_HIT)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(tracer, 0)[1])
    if code not in {HIT, NOT_HIT}:
        raise ChildProcessError(code)
    return code == HIT


def _stop_at_changes() -> None:
    """From here on, this process is stopped for its tracer at calls that change a disk, and at no others."""

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("rules", ctypes.c_char_p))

    steps = [(LOAD_NUMBER, 0, 0, 0)]
    steps += [(IF_EQUAL, len(CHANGING) - at, 0, number) for at, number in enumerate(CHANGING)]
    steps += [(RETURN, 0, 0, ALLOW_IT), (RETURN, 0, 0, TRACE_IT)]
    rules = b"".join(struct.pack("=HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Filter(len(steps), rules)), 0, 0):
        raise OSError(ctypes.get_errno(), "no filter of system calls")


def _trace(number: int, work: Callable[[], object], on: int) -> bool:
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
    libc.ptrace(on, child, None, 0)
    calls = 0
    while True:
        pid, status = os.waitpid(-1, WALL)
        if os.WIFSTOPPED(status):
            signal_ = os.WSTOPSIG(status)
            if status >> 16 == EVENT_EXEC:
                libc.ptrace(DETACH, pid, None, 0)
                continue
            if signal_ == CALL or status >> 16 == EVENT_SECCOMP:
                calls += 1
                if calls == number:
                    os.kill(pid, signal.SIGKILL)
                    # Until then, it has its locks.
                    while os.WIFSTOPPED(status):
                        status = os.waitpid(pid, WALL)[1]
                    return True
            quiet = signal_ in {CALL, signal.SIGTRAP, signal.SIGSTOP}
            libc.ptrace(on, pid, None, 0 if quiet else signal_)
        elif pid == child:
            return False
