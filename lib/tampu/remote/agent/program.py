"""The program of a run: started in a session of its own, and ended with all that it has started."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct
import termios

from tampu.remote.agent.copying import copied
from tampu.remote.links.wire import as_text, from_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# What finds its processes again, whatever session they have moved to.
MARK = "TAMPU_REMOTE_RUN"
SET_CHILD_SUBREAPER = 36
AT_ONCE = 100
NOT_FOUND = 127
NOT_EXECUTABLE = 126


class Child:
    """A process that waits to be told what to become, with the streams that it will have."""

    def __init__(self, theirs: tuple[int, int, int], *, terminal: bool) -> None:
        told, self._tell = os.pipe()
        self.trouble, tell = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.close(self._tell)
                with open(told, "rb", 0) as file:
                    text = file.read()
                if text:
                    become(from_text(text.decode()), theirs, terminal=terminal)
            except OSError as error:
                os.write(tell, struct.pack("i", error.errno or errno.EIO))
            finally:
                os._exit(NOT_FOUND)
        for end in {*theirs, told, tell}:
            os.close(end)

    def tell(self, spec: dict[str, Any] | None) -> None:
        """Nothing has it end."""
        with open(self._tell, "wb") as file:
            file.write(as_text(spec).encode() if spec else b"")


class Ready:
    """A child and our ends of its pipes, for a run that nobody has asked for yet."""

    def __init__(self) -> None:
        stdin, self.stdin = os.pipe()
        self.out, stdout = os.pipe()
        self.err, stderr = os.pipe()
        for end in (self.stdin, self.out, self.err):
            os.set_blocking(end, False)
        self.child = Child((stdin, stdout, stderr), terminal=False)

    def drop(self) -> None:
        self.child.tell(None)
        os.waitpid(self.child.pid, 0)
        for end in (self.stdin, self.out, self.err, self.child.trouble):
            os.close(end)


class Program:
    """Its process, and our ends of its streams; -1 where there is none (any more)."""

    def __init__(self, spec: dict[str, Any], ready: Ready) -> None:
        self.name: str = spec["id"]
        self.tty = bool(spec.get("tty"))
        if self.tty:
            ready.drop()
            child = self._at_terminal(spec.get("size") or [24, 80])
        else:
            self.stdin, self.out, self.err = ready.stdin, ready.out, ready.err
            child = ready.child
        self.pid, self.trouble = child.pid, child.trouble
        child.tell(spec)

    def _at_terminal(self, size: list[int]) -> Child:
        self.out, theirs = os.openpty()
        self.stdin, self.err = os.dup(self.out), -1
        os.set_blocking(self.out, False)
        self.resize(size)
        return Child((theirs, theirs, theirs), terminal=True)

    def resize(self, size: list[int]) -> None:
        if self.tty and self.out >= 0:
            fcntl.ioctl(self.out, termios.TIOCSWINSZ, struct.pack("HHHH", size[0], size[1], 0, 0))

    def end_of_input(self) -> None:
        if self.tty:
            os.write(self.stdin, termios.tcgetattr(self.stdin)[6][termios.VEOF])
        self.shut("stdin")

    def shut(self, stream: str) -> None:
        end = getattr(self, stream)
        if end >= 0:
            os.close(end)
            setattr(self, stream, -1)

    def signal(self, number: int) -> None:
        """To all of its process group."""
        try:
            os.killpg(self.pid, number)
        except OSError:
            pass

    def end(self, number: int) -> int:
        """To all that it has ever started, and to none twice: a second one may mean more. Gives how many had left."""
        self.signal(number)
        return send({*marked(self.name), *below(os.getpid())}, number, self.pid)

    def end_rest(self) -> bool:
        """Gives whether anybody may be left: a look at all misses who forks for ever, but that one is our child."""
        if self.end(signal.SIGKILL):
            return True
        for _ in range(AT_ONCE):
            for pid in children():
                send((pid,), signal.SIGKILL, 0)
                os.waitpid(pid, os.WNOHANG)
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
        return True

    def ended(self) -> dict[str, Any]:
        """How it ended; nothing while it runs."""
        # Those whom their parents have left come to us: from one that forks for ever, more than we can take.
        for who in (*(-1,) * AT_ONCE, self.pid):
            pid, status = os.waitpid(who, os.WNOHANG)
            if pid == self.pid:
                break
            if not pid:
                return {}
        if os.WIFSIGNALED(status):
            return {"signal": os.WTERMSIG(status)}
        told = os.read(self.trouble, 4)
        if not told:
            return {"code": os.WEXITSTATUS(status)}
        number: int = struct.unpack("i", told)[0]
        return {"code": NOT_FOUND if number == errno.ENOENT else NOT_EXECUTABLE, "error": os.strerror(number)}


def become(spec: dict[str, Any], streams: tuple[int, int, int], *, terminal: bool) -> None:
    os.setsid()
    for end, stream in enumerate(streams):
        os.dup2(stream, end)
    if terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # What Python ignores (of a pipe, of a file's size), what we do, and what was ignored before us.
    for number in range(1, signal.NSIG):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    home = os.path.expanduser("~")
    cwd = os.path.join(home, spec.get("cwd") or home)
    if spec.get("work"):
        copied(spec["from"], spec["work"])
        os.makedirs(cwd, exist_ok=True)
    os.chdir(cwd)
    env = {**os.environ, "PYTHONUNBUFFERED": "1", **spec.get("env", {}), MARK: spec["id"]}
    if spec.get("programs"):
        env["PATH"] = spec["programs"] + os.pathsep + env.get("PATH", os.defpath)
        env["VIRTUAL_ENV"] = os.path.dirname(spec["programs"])
    os.execvpe(spec["argv"][0], spec["argv"], env)  # noqa: S606 - words, and no shell line


def adopt() -> None:
    """Whoever is left by his parent becomes our child, where the system can do that: so all are found again."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass


def end_all(name: str, number: int) -> None:
    send(marked(name), number, 0)


def send(pids: Iterable[int], number: int, told: int) -> int:
    """But that process group has been told."""
    done = 0
    for pid in pids:
        try:
            if os.getpgid(pid) != told:
                os.kill(pid, number)
                done += 1
        except OSError:
            pass
    return done


def children() -> list[int]:
    """Ours, also those that have ended; none where the system doesn't tell."""
    try:
        with open("/proc/thread-self/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def below(pid: int) -> list[int]:
    """Its children, theirs, and so on, but for those that have ended."""
    families: dict[int, list[int]] = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except (OSError, ValueError):
                continue
            if state not in b"ZX":
                families.setdefault(int(parent), []).append(int(entry))
    found, left = [], [pid]
    while left:
        more = families.pop(left.pop(), [])
        found += more
        left += more
    return found


def marked(name: str) -> list[int]:
    """The processes of that run, where there is a /proc to see them in."""
    mark = f"{MARK}={name}".encode()
    found = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if mark in file.read().split(b"\0"):
                        found.append(int(entry))
            except OSError:
                pass
    return found
