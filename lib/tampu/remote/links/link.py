"""One connection to a host, over the user's own ssh, with the agent at its other end."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.remote import agent
from tampu.remote.links.host import CONNECT_WITHIN
from tampu.remote.links.link_errors import SSH_FAILED, explain
from tampu.remote.links.talk import SILENCE, Cut, Talk
from tampu.remote.links.wire import PIECE, Kind, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from typing_extensions import Self

    from tampu.remote.links.host import Host
    from tampu.remote.links.talk import Ends


class Link(Talk):
    """A talk over an ssh of our own."""

    def __init__(self, host: Host, borrowed: tuple[Ends, dict[str, Any]] | None = None) -> None:
        super().__init__(host.name)
        self.host = host
        self._given = False
        self._ssh: subprocess.Popen[bytes] | None = None
        if borrowed:
            self._hold(*borrowed)
        else:
            self._open()

    def _open(self) -> None:
        self.host.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.host.terminal and _ask(self.host, self.host.has_door()).returncode:
            self._let_ask()
        self._ssh = self._start()
        self._given = False
        stdin, stdout, stderr = (_end(end) for end in (self._ssh.stdin, self._ssh.stdout, self._ssh.stderr))
        self._begin((stdin, stdout, stderr), SILENCE + CONNECT_WITHIN)
        self.send(agent.packed() + said(Kind.HELLO, store=self.host.store, budget=self.host.budget))

    def _let_ask(self) -> None:
        """Where ssh itself asks on the terminal; whatever becomes of it, the agent's start will tell."""
        nothing = subprocess.DEVNULL
        env = dict(self.host.env)
        subprocess.run(self.host.door(), env=env, stdin=nothing, stdout=nothing, check=False)  # noqa: S603 - words

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - a tuple of words, never a shell line
                self.host.agent(),
                env=dict(self.host.env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                # Ctrl-C is for us to pass on, and not for ssh to die of.
                start_new_session=True,
            )
        except OSError as error:
            raise explain(self.host.name, self.host.python, SSH_FAILED, f"{self.host.ssh}: {error.strerror}") from error

    def again(self) -> Self:
        """Take the link up anew; an error says why it can't be."""
        self.close()
        self._open()
        self.greet()
        return self

    def greet(self) -> dict[str, Any]:
        """What the agent says of its host."""
        while not self.hello:
            try:
                self.wait()
            except Cut as cut:  # noqa: PERF203 - it ends the loop
                raise self.why() from cut
        return self.hello

    def _give_up(self) -> None:
        shut(self.host)

    def given_away(self) -> tuple[Ends, dict[str, Any]]:
        """Its ends, and what else the next one who holds it has to know; it is ours no more."""
        stdin, stdout, stderr = (os.dup(end) for end in self.ends)
        told = {"hello": self.hello, "rest": self._frames.rest.hex()}
        self._let_go()
        self._given = True
        return (stdin, stdout, stderr), told

    def _let_go(self) -> None:
        """Close our ends of it."""
        streams = (self._ssh.stdin, self._ssh.stdout, self._ssh.stderr) if self._ssh else ()
        for stream in streams:
            if stream:
                with suppress(OSError):
                    stream.close()
        if self._ssh:
            self._in = self._out = self._err = -1
        else:
            super().close()

    def why(self) -> Exception:
        """What ssh said as the link ended."""
        code = self._end()
        told = (self._complaints + _rest(self._err)).decode(errors="replace").strip()
        if "Host key verification failed" in told:
            told = _ask(self.host, self.host.who_is_there()).stderr
        return explain(self.host.name, self.host.python, code, told)

    def _end(self) -> int:
        """Its exit code; it is killed if it stays."""
        if not self._ssh:
            return SSH_FAILED
        if self._ssh.stdin:
            with suppress(OSError):
                self._ssh.stdin.close()
        try:
            return self._ssh.wait(2)
        except subprocess.TimeoutExpired:
            os.killpg(self._ssh.pid, signal.SIGKILL)
            return self._ssh.wait()

    def close(self) -> None:
        if self._given:
            return
        self._end()
        self._let_go()
        self.hello = {}


def shut(host: Host) -> None:
    """End the connection that its links share."""
    _ask(host, host.shut())


def _ask(host: Host, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a tuple of words, never a shell line
        argv,
        env=dict(host.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _end(stream: object) -> int:
    number: int = stream.fileno()  # type: ignore[attr-defined]
    return number


def _rest(end: int) -> bytes:
    with suppress(OSError):
        return os.read(end, PIECE)
    return b""
