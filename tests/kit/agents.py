"""An agent of this machine, talked with frame by frame; it may be killed as it does its n-th thing to a disk."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.remote import agent
from tampu.remote.links.wire import LAST, MAGIC, Frames, Kind, blob, said, words
from tests.kit import old_pythons

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from tampu.remote.stores.trees import Tree

# One process that has loaded all of it, and forks for each agent. Python tells of what it is about to do, and the end
# of an agent with a fuse is when it has told so often.
NURSERY = """
import json, os, select, signal, socket, sys, zlib
code = compile(zlib.decompress(bytes.fromhex(sys.argv[1])), "tampu-agent", "exec")
exec(code, {"__name__": "loaded"})
door = socket.socket(fileno=0)
TOLD = {"os.link", "os.rename", "os.mkdir", "os.symlink", "os.remove", "os.rmdir", "os.utime", "os.chmod", "open"}
def burn(left):
    def told(event, args):
        if event in TOLD and (event != "open" or args[2] & (os.O_WRONLY | os.O_RDWR)):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(told)
while True:
    text, ends, _, _ = socket.recv_fds(door, 1 << 12, 2)
    if not text:
        break
    pid = os.fork()
    if not pid:
        home, fuse = json.loads(text)
        os.environ["HOME"] = home
        for place, end in enumerate(ends):
            os.dup2(end, place)
            os.close(end)
        if fuse:
            burn([fuse])
        exec(code, {"__name__": "__main__"})
        os._exit(0)
    for end in ends:
        os.close(end)
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if select.select([door], [], [], 0.005)[0] and door.recv(1 << 6):
            os.kill(pid, signal.SIGKILL)
            break
    door.send(json.dumps(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
"""
CHANNEL = 3


class Ended(Exception):
    """There is no agent any more."""


class Nursery:
    """Where agents come from, one after the other."""

    def __init__(self) -> None:
        self.door, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            (old_pythons.program("3.13"), "-I", "-S", "-c", NURSERY, agent.packed().hex()),
            stdin=theirs.fileno(),
            env={"PATH": os.environ["PATH"]},
        )
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.door.close()
        self._process.wait()


class Agent:
    """`ended` is its exit code afterwards; the negative number of a signal."""

    def __init__(self, nursery: Nursery, home: Path, dies_after: int = 0, **hello: object) -> None:
        self._frames = Frames()
        self._came: list[tuple[int, int, bytes]] = []
        self._door = nursery.door
        self.ended = 0
        self.last: dict[str, Any] = {}
        theirs, mine = os.pipe()
        here, there = os.pipe()
        socket.send_fds(self._door, [json.dumps([str(home), dies_after]).encode()], [theirs, there])
        os.close(theirs)
        os.close(there)
        self._in, self._out = os.fdopen(mine, "wb"), os.fdopen(here, "rb")
        self.say(said(Kind.HELLO, **hello))
        assert self._out.read(len(MAGIC)) in {MAGIC, b""}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(BrokenPipeError):
            self._in.close()
        self._out.read()
        self._out.close()
        self.ended = json.loads(self._door.recv(1 << 6))

    def say(self, *messages: bytes) -> None:
        try:
            for message in messages:
                self._in.write(message)
            self._in.flush()
        except BrokenPipeError as error:
            raise Ended from error

    def ask(self, kind: int, /, **told: object) -> tuple[int, dict[str, Any]]:
        self.say(said(kind, CHANNEL, **told))
        return self.answer()

    def ask_only(self, kind: int, /, **told: object) -> None:
        self.say(said(kind, CHANNEL, **told))

    def kinds_until(self, kind: int) -> list[int]:
        """What comes, up to that."""
        kinds: list[int] = []
        while kind not in kinds:
            if not self._came:
                self._read()
                continue
            came, _, body = self._came.pop(0)
            kinds.append(came)
            self.last = words(body)
        return [each for each in kinds if each != Kind.HELLO]

    def kill(self) -> None:
        """As the system does when memory is short. It is dead afterwards, not at its end for want of a client."""
        self._door.send(b"kill")
        self._out.read()

    def _read(self) -> None:
        data = os.read(self._out.fileno(), 1 << 16)
        if not data:
            raise Ended
        self._came += self._frames.feed(data)

    def answer(self) -> tuple[int, dict[str, Any]]:
        while True:
            while self._came:
                kind, channel, body = self._came.pop(0)
                if channel == CHANNEL and kind != Kind.WAIT:
                    return kind, words(body)
            self._read()

    def bring(self, tree: Tree, lies: Mapping[str, bytes] | None = None) -> dict[str, Any]:
        """As a client does; gives what was said at last."""
        kind, told = self.ask(Kind.WANT, kind=tree.kind, id=tree.id)
        if kind != Kind.HAS or told["ready"]:
            return told
        return self.bring_on(tree, lies)

    def bring_on(self, tree: Tree, lies: Mapping[str, bytes] | None = None) -> dict[str, Any]:
        """As the one whose turn it is."""
        kind, told = self.ask(Kind.TREE, **tree.told())
        if kind != Kind.LACKS:
            return told
        data = {sha: path.read_bytes() for sha, path in tree.sources.items()} | dict(lies or {})
        self.say(*(blob(CHANNEL, sha, LAST, data[sha]) for sha in told["shas"]))
        return self.answer()[1]
