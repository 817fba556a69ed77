"""`tampu remote` as people call it: in a project's folder, with hosts that ssh's configuration names."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kit import buildpack, builds
from tests.kit.buildpack import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.kit.sshd import Server

PATIENCE = 300
PAUSE = 0.02
COMMAND = (sys.executable, "-I", "-S", str(buildpack.BIN / "tampu"), "remote")


@dataclass(slots=True, kw_only=True)
class Screen:
    """A terminal with somebody before it; both ends are held, so that its settings can be seen at any time."""

    ours: int
    theirs: int
    pid: int = 0
    code: int | None = None
    usual: str = ""
    settled: str = ""
    seen: str = ""

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def settings(self) -> str:
        """How it treats what is typed."""
        return self.settled or repr(termios.tcgetattr(self.theirs)[:4])

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def line(self) -> str:
        """The next line that is shown."""
        deadline = time.monotonic() + PATIENCE
        while "\n" not in self.seen:
            assert time.monotonic() < deadline, self.seen
            self.look(1)
        line, _, self.seen = self.seen.partition("\n")
        return line.rstrip("\r")

    def rest(self) -> str:
        """What is shown until its program has ended."""
        deadline = time.monotonic() + PATIENCE
        while not self._has_ended():
            assert time.monotonic() < deadline, self.seen
            self.look(PAUSE)
        self.look(0)
        return self.seen

    def interrupt(self) -> str:
        """What is shown once Ctrl-C has ended its program, which misses one that comes as it begins to read a line."""
        deadline = time.monotonic() + PATIENCE
        while not self._has_ended():
            assert time.monotonic() < deadline, self.seen
            self.type("\3")
            self._watch(5)
        return self.rest()

    def _watch(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._has_ended() and time.monotonic() < end:
            self.look(PAUSE)

    def _has_ended(self) -> bool:
        return bool(os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))

    def look(self, seconds: float) -> None:
        if select.select([self.ours], [], [], seconds)[0]:
            self.seen += os.read(self.ours, 1 << 16).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Somebody's project, home and settings, with one host configured."""

    project: Path
    home: Path
    env: Mapping[str, str]

    @classmethod
    def make(
        cls, place: Path, server: Server | None, settings: Mapping[str, str], tools: Path, python: str = ""
    ) -> Desk:
        """`tools` is a cache that has tampu's own, `python` what scripts are to run on."""
        project, home = place / "project", place / "home"
        project.mkdir(parents=True)
        builds.clone(tools / "tampu", home / ".cache" / "tampu")
        env = {"HOME": str(home), "PATH": f"{buildpack.python().parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        desk = cls(project=project, home=home, env={**env, **settings})
        if server:
            text = repr({"host": server.name, "ssh_config": str(server.config), "python": python})
            (home / ".cloudpy.conf").write_text(text, encoding="utf-8")
        return desk

    def write(self, files: Mapping[str, str]) -> Path:
        return builds.write_app(self.project, files)

    def call(self, *words: str, given: str = "", cwd: Path | None = None, **env: str) -> Result:
        ended = subprocess.run(
            (*COMMAND, *words),
            check=False,
            capture_output=True,
            cwd=cwd or self.project,
            env={**self.env, **env},
            input=given,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        return Result(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    def start(self, *words: str, **env: str) -> subprocess.Popen[bytes]:
        """Its streams are pipes without buffers; a terminal would signal its whole group."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            (*COMMAND, *words),
            cwd=self.project,
            env={**self.env, **env},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            bufsize=0,
            start_new_session=True,
        )

    @contextmanager
    def at_terminal(self, *words: str, size: tuple[int, int] = (24, 80)) -> Iterator[Screen]:
        """With a terminal of so many lines and columns."""
        ours, theirs = os.openpty()
        screen = Screen(ours=ours, theirs=theirs)
        screen.resize(*size)
        screen.usual = screen.settings()
        screen.pid = os.fork()
        if not screen.pid:
            try:
                os.setsid()
                fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
                for end in range(3):
                    os.dup2(theirs, end)
                os.chdir(self.project)
                os.execve(COMMAND[0], [*COMMAND, *words], {**self.env, "TERM": "xterm"})  # noqa: S606 - no shell
            finally:
                os._exit(99)
        try:
            yield screen
            screen.code = os.waitstatus_to_exitcode(os.waitpid(screen.pid, 0)[1])
        finally:
            screen.settled = screen.settings()
            os.close(ours)
            os.close(theirs)

    def names(self) -> list[str]:
        """All that is in the project now."""
        return sorted(path.relative_to(self.project).as_posix() for path in self.project.rglob("*"))

    def well(self, *words: str, given: str = "", **env: str) -> str:
        result = self.call(*words, given=given, cwd=None, **env)
        assert 0 == result.code, result.out + result.err
        return result.out


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(PAUSE)
