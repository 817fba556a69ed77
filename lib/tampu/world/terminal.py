"""The same words for a person at a terminal: the step at work with its clock, and what it took when it is done."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tampu.errors import plain
from tampu.world.console import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console as Rich
    from rich.status import Status

    from tampu.errors import TampuError
    from tampu.world.console import Notice

DONE = "[green]✔[/] {title} [dim]{seconds:.1f} s[/]"
LOG = re.compile(r"(?P<name>\S+) (?:stdout|stderr) \| (?P<text>.*)")
COLOURS = ("cyan", "magenta", "green", "blue", "yellow")


class Terminal:
    """Shows one line a step while it runs well; all that was said stays on the screen."""

    def __init__(self, out: Rich, err: Rich) -> None:
        self.redactor = Redactor()
        self._out = out
        self._err = err
        self._status: Status | None = None
        self._title = ""
        self._started = 0.0
        self._hushed = False
        self._colours: dict[str, str] = {}

    def step(self, title: str) -> None:
        self.rest()
        if self._hushed:
            return
        self._title, self._started = self.redactor.clean(title), time.monotonic()
        self._status = self._out.status(_escaped(self._title))
        self._status.start()

    def detail(self, text: str) -> None:
        for line in text.splitlines():
            self.output(line)

    def output(self, line: str) -> None:
        if not self._hushed:
            self._out.print(f"  {self.redactor.clean(line)}", style="dim", markup=False, highlight=False)

    def news(self, text: str) -> None:
        if not self._hushed:
            self._out.print(f"➜ {self.redactor.clean(text)}", style="bold", markup=False, highlight=False)

    def log(self, line: str) -> None:
        """Each process in a colour of its own, their names one below the other."""
        from rich.text import Text

        match = LOG.fullmatch(self.redactor.clean(line))
        if match is None:
            self.output(line)
            return
        name = match["name"]
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        padding = " " * (max(map(len, self._colours)) - len(name))
        self._out.print(Text.assemble((f"{padding}{name} ", colour), Text.from_ansi(match["text"])), soft_wrap=True)

    def notice(self, notice: Notice) -> None:
        self._err.print(f"\n{plain(self.redactor.clean(notice.text))}\n", style="yellow", markup=False, highlight=False)

    def error(self, error: TampuError) -> None:
        self._stop()
        title, _, rest = plain(self.redactor.clean(error.as_text())).partition("\n")
        self._err.print(f"\n{title}", style="bold red", markup=False, highlight=False)
        self._err.print(rest, markup=False, highlight=False)

    def document(self, text: str) -> None:
        self._out.out(text, end="", highlight=False)

    def hush(self) -> None:
        self._hushed = True

    def hide(self, secrets: Iterable[str]) -> None:
        self.redactor.hide(secrets)

    def rest(self) -> None:
        """The step is done; nothing moves on the screen until the next one."""
        if self._stop():
            seconds = time.monotonic() - self._started
            self._out.print(DONE.format(title=_escaped(self._title), seconds=seconds), highlight=False)

    def _stop(self) -> bool:
        status, self._status = self._status, None
        if status:
            status.stop()
        return status is not None


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def terminal() -> Terminal:
    """For a terminal on stdout; rich has to be importable."""
    from rich.console import Console as Rich

    return Terminal(Rich(), Rich(stderr=True))
