"""A fork server: it holds the packages that an app needs, never the app itself, and a worker costs it one fork."""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import sys
import threading
import warnings
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from tampu.paste.reload.channel import Channel
from tampu.paste.reload.sources import NotHere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.machinery import ModuleSpec

    from tampu.paste.reload.sources import Sources

PR_SET_PDEATHSIG = 1
DESCRIPTORS = "/proc/self/fd"


class Become(BaseException):
    """In a process that was just forked: go back to the beginning, and do that."""

    def __init__(self, role: Callable[[], int]) -> None:
        super().__init__()
        self.role = role


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker is to do; `failure` is what it says instead of loading an app, `known` what is loaded already."""

    channel: Channel
    listening: tuple[int, ...]
    page: str
    failure: str
    known: frozenset[str]


class Guard:
    """Keeps out what was seen to do harm; not by an ImportError, from which modules draw conclusions."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        if name in self._names:
            raise NotHere(name)
        return None


class ForkServer:
    def __init__(
        self, channel: Channel, sources: Sources, blocked: frozenset[str], work: Callable[[Order], int]
    ) -> None:
        self._channel = channel
        self._sources = sources
        self._guard = Guard(blocked)
        self._work = work
        self._workers: dict[int, int] = {}
        self._waiting: deque[tuple[Callable[[str], None], str]] = deque()
        self._environ = dict(os.environ)
        self._retired = self._harmed = False

    def run(self) -> int:
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        sys.meta_path.insert(0, self._guard)
        self._sources.refuses = True
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(reader, select.POLLIN)
        while not (self._retired and not self._workers):
            ready = dict(poll.poll(0 if self._waiting else None))
            if reader in ready:
                os.read(reader, 4096)
                self._bury()
            if self._channel.fileno() in ready and not self._obey(reader, writer):
                break
            if self._waiting and not ready:
                do, what = self._waiting.popleft()
                do(what)
        self._end()

    def _obey(self, *pipe: int) -> bool:
        messages = self._channel.receive()
        for message, descriptors in messages or ():
            what = message.pop("do")
            if what == "fork" and self._harmed:
                # Asked for before it was known there.
                self._channel.send({"unborn": message}, descriptors)
                _close(descriptors)
            elif what == "fork":
                self._fork(message, descriptors, pipe)
            elif what == "end":
                self._signal(message["worker"], message["signal"])
            elif what == "load":
                os.environ.update(message["environ"])
                self._waiting.append((_know_packages, ""))
                self._waiting += [(self._load, name) for name in message["names"]]
                self._waiting += [(self._sources.compile_ahead, path) for path in message["sources"]]
            elif what == "retire":
                self._retired = True
                self._waiting.clear()
        return messages is not None

    def _fork(self, message: dict[str, Any], descriptors: list[int], pipe: tuple[int, ...]) -> None:
        flush()
        gc.freeze()
        known = frozenset(sys.modules)
        pid = _fork_quietly()
        if pid:
            self._workers[message["worker"]] = pid
            _close(descriptors)
            return
        self._channel.close()
        _close(pipe)
        self._be_ordinary()
        order = Order(
            channel=Channel.of(descriptors[0]),
            listening=tuple(descriptors[1:]),
            page=message["page"],
            failure=message["failure"],
            known=known,
        )
        raise Become(lambda: self._work(order))

    def _be_ordinary(self) -> None:
        """As if it had been started by a shell."""
        end_with_parent()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.meta_path.remove(self._guard)
        self._sources.refuses = False
        if os.environ != self._environ:
            os.environ.clear()
            os.environ.update(self._environ)
        self._sources.look_again()

    def _signal(self, worker: int, number: int) -> None:
        if worker in self._workers:
            os.kill(self._workers[worker], number)

    def _bury(self) -> None:
        for worker, pid in list(self._workers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._workers[worker]
                self._channel.send({"worker": worker, "code": os.waitstatus_to_exitcode(status)})

    def _load(self, name: str) -> None:
        if name in sys.modules:
            return
        before = sys.modules.copy()
        sockets = _sockets()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(name)
        except (Exception, NotHere, SystemExit):  # noqa: BLE001 - whatever it wants that isn't here, the app may have
            for added in sys.modules.keys() - before.keys():
                del sys.modules[added]
        if _threads() > 1 or _sockets() > sockets:
            self._harmed = True
            self._waiting.clear()
            self._channel.send({"harmful": name})

    def _end(self) -> NoReturn:
        for pid in self._workers.values():
            os.kill(pid, signal.SIGKILL)
        os._exit(0)


def fork_server(role: Callable[[], int]) -> int:
    """Its process; in the new one, it never comes back."""
    flush()
    pid = _fork_quietly()
    if not pid:
        raise Become(role)
    return pid


def _know_packages(_: str) -> None:
    """What is installed is remembered by importlib, as long as no folder changes."""
    from importlib import metadata

    for _distribution in metadata.distributions(name="tampu"):
        break


def end_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.flush()


def _fork_quietly() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _sockets() -> int:
    """A connection that two processes use is of use to neither."""
    if not os.path.isdir(DESCRIPTORS):
        return 0
    return sum(_leads_to(os.path.join(DESCRIPTORS, each)).startswith("socket:") for each in os.listdir(DESCRIPTORS))


def _close(descriptors: Iterable[int]) -> None:
    for each in descriptors:
        os.close(each)


def _leads_to(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
