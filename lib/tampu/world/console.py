"""The only place that prints: platform-style lines, secrets taken out."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Protocol, TextIO

from tampu.errors import plain
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.errors import TampuError

INDENT = "       "
ALERT = " !     "
# Advice shows where a user and a password go, and that is no secret.
CREDENTIALS = re.compile(r"(?<=://)(?!user:password@)[^/\s]+@")
# Shorter values, such as 1 or true, would take out half of what is said.
SHORTEST_SECRET = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a user should know but that stops nothing; `name` is for machines."""

    name: str
    text: str


def without_credentials(text: str) -> str:
    return CREDENTIALS.sub("[redacted]@", text)


class Console(Protocol):
    def step(self, title: str) -> None:
        """Say which part of the work begins."""

    def detail(self, text: str) -> None:
        """Say something about the step at work."""

    def output(self, line: str) -> None:
        """Pass on a line that another program wrote."""

    def news(self, text: str) -> None:
        """Say what somebody has waited for."""

    def log(self, line: str) -> None:
        """Pass on a line of an app that runs, however quiet the rest is."""

    def notice(self, notice: Notice) -> None:
        """Say something that a user should act on later."""

    def error(self, error: TampuError) -> None:
        """Say why the work stops."""

    def document(self, text: str) -> None:
        """Write what was asked for, as it is: nothing else goes there."""

    def hush(self) -> None:
        """Say nothing but notices and errors from now on."""

    def rest(self) -> None:
        """All steps are done, and another program may have the screen."""

    def hide(self, secrets: Iterable[str]) -> None:
        """Take these out of all that is said from now on."""

    @property
    def redactor(self) -> Redactor:
        """What takes them out."""


class Redactor:
    """Takes secrets out of text: the values it was given, and the user part of any address."""

    def __init__(self) -> None:
        self._secrets: list[str] = []

    def hide(self, secrets: Iterable[str]) -> None:
        lines = {line for secret in secrets for line in secret.splitlines() if len(line) >= SHORTEST_SECRET}
        self._secrets = sorted({*self._secrets, *lines}, key=len, reverse=True)

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return without_credentials(text)


class PlainConsole:
    """Lines as Heroku-style platforms show them: steps and details on stdout, notices and errors on stderr.

    Where stdout is not for our words, `documents` is where what was asked for goes.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None, documents: TextIO | None = None) -> None:
        self.redactor = Redactor()
        self._hushed = False
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._documents = documents or self._out

    @property
    def on_terminal(self) -> bool:
        return self._out.isatty()

    def step(self, title: str) -> None:
        self._tell(f"-----> {title}")

    def detail(self, text: str) -> None:
        for line in text.splitlines():
            self._tell(INDENT + line)

    def output(self, line: str) -> None:
        self._tell(INDENT + line)

    def news(self, text: str) -> None:
        self._tell(f"-----> {text}")

    def log(self, line: str) -> None:
        self._write(self._out, line)

    def notice(self, notice: Notice) -> None:
        self._alert(f"Notice: {notice.text}")

    def error(self, error: TampuError) -> None:
        self._alert(error.as_text())

    def document(self, text: str) -> None:
        self._documents.write(text)

    def hush(self) -> None:
        self._hushed = True

    def rest(self) -> None:
        """Nothing is ever left moving here."""

    def hide(self, secrets: Iterable[str]) -> None:
        self.redactor.hide(secrets)

    def _tell(self, text: str) -> None:
        if not self._hushed:
            self._write(self._out, text)

    def _alert(self, text: str) -> None:
        # Before a secret is cut, or written in another way.
        told = plain(self.redactor.clean(text.strip()))
        lines = [f"{ALERT}{line}".rstrip() for line in told.splitlines()]
        self._write(self._err, "\n".join(("", *lines, "")))

    def _write(self, stream: TextIO, text: str) -> None:
        # Other programs' words, and file names, may have letters that the stream can't show.
        encoding = stream.encoding or "utf-8"
        shown = self.redactor.clean(text).encode(encoding, "backslashreplace").decode(encoding)
        # Flushed line by line: platforms read both streams, and only flushing keeps their order.
        # In one piece: an app's lines come from a thread of their own.
        print(f"{shown}\n", end="", file=stream, flush=True)
