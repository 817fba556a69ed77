"""Runs over there, and all that comes of them."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote.links.link import Link
from tampu.remote.runs import at_host
from tampu.remote.runs.running import Ends, Outcome, Spec, run
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.remote.quick.spare import Lent
    from tampu.remote.runs.signals import Signals
    from tests.kit.sshd import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a run wrote, and how it ended."""

    outcome: Outcome
    out: bytes
    err: bytes


def python(text: str, *words: str, **more: str) -> Spec:
    return Spec(argv=("", "-c", text, *words), env=more)


def shell(text: str) -> Spec:
    return Spec(argv=("/bin/sh", "-c", text))


def heard(act: Callable[[Ends], Outcome], given: bytes = b"") -> Said:
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        stdin.write(given)
        stdin.seek(0)
        outcome = act(Ends(stdin=stdin.fileno(), stdout=out.fileno(), stderr=err.fileno()))
        for file in (out, err):
            file.seek(0)
        return Said(outcome=outcome, out=out.read(), err=err.read())


def over(link: Link | Lent, spec: Spec, given: bytes = b"") -> Said:
    return heard(lambda ends: run(link, spec, ends), given)


def logged(link: Link, name: str) -> Said:
    return heard(lambda ends: at_host.logs(link, name, ends))


def attached(link: Link, name: str) -> Said:
    return heard(lambda ends: at_host.attach(link, name, replace(ends, stdin=None)))


class Talk:
    """A run that goes on while a thread of the test talks with it: `said` reads a line, `say` writes one."""

    def __init__(self, talk: Callable[[Talk], None]) -> None:
        self._stdin, self._to = os.pipe()
        from_, self._stdout = os.pipe()
        self._lines = os.fdopen(from_, "rb")
        self._thread = threading.Thread(target=self._go, args=(talk,))
        self._trouble: list[Exception] = []

    def _go(self, talk: Callable[[Talk], None]) -> None:
        try:
            talk(self)
        except Exception as error:  # noqa: BLE001 - raised where the test sees it
            self._trouble.append(error)
        self.hush()

    def say(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._to, data) :]

    def said(self) -> str:
        return self._lines.readline().decode().rstrip("\r\n")

    def hush(self) -> None:
        if self._to >= 0:
            os.close(self._to)
        self._to = -1

    def over(self, link: Link, spec: Spec, signals: Signals | None = None) -> Outcome:
        self._thread.start()
        try:
            return run(link, spec, Ends(stdin=self._stdin, stdout=self._stdout, stderr=self._stdout), signals)
        finally:
            os.close(self._stdout)
            self._thread.join()
            os.close(self._stdin)
            self._lines.close()
            for error in self._trouble:
                raise error


def link(server: Server) -> Link:
    made = Link(server.host())
    made.greet()
    return made


def processes(mark: str) -> list[int]:
    """Those whose command line has that word."""
    found = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [int(entry.name) for entry in found if mark in _read(entry / "cmdline")]


def holding(folder: Path, text: str) -> list[Path]:
    """The files below it that have that text in them; others come and go meanwhile."""
    found = (Path(above, name) for above, _, names in os.walk(folder) for name in names)
    return [path for path in found if path.is_file() and text in _read(path)]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""
