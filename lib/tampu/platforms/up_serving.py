"""What `tampu up` has started: whether it answers, how it reloads, how it ends."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from tampu.platforms.up_lines import worth_showing
from tampu.world import ports
from tampu.world.console import Notice
from tampu.world.supervisor import BROKEN, NoAnswer, SupervisorSocket

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tampu.platforms.up_launch import Launch
    from tampu.world.console import Console
    from tampu.world.run import Process, Starter
    from tampu.world.supervisor import Supervisor

# Longer than the stack takes to drain.
PATIENCE = 15.0
TICK = 0.05
FRONT = "nginx"
APP = "app"
# With this set, what is broken waits for the change that mends it.
HEALS = "TAMPU_UP"


class Serving:
    """One launch, from its start to its end."""

    def __init__(
        self,
        launch: Launch,
        *,
        starter: Starter,
        say: Console,
        supervisor: Callable[[Path], Supervisor] = SupervisorSocket,
        answers: Callable[[int], bool] = ports.answers,
    ) -> None:
        self.launch = launch
        self._say = say
        self._answers = answers
        self._supervisor = supervisor(launch.run / "supervisor.sock")
        self._process: Process = starter.start(launch.command, PATIENCE)
        self._lines = Thread(target=self._pass_on, daemon=True)
        self._lines.start()
        self._waiting = True
        self._new = True

    def look(self) -> int | None:
        """Its exit code if it has ended; tells when it answers, and when it can't."""
        code = self._process.wait(TICK)
        if code is not None:
            self._lines.join()
            self._waiting = False
        if self._waiting:
            self._tell_when_ready()
        return code

    def reload(self) -> bool:
        """Start all anew that is the app's, at once, behind a front that goes on listening and asks again.

        False where nobody answers who could do that.
        """
        programs = list(self._states())
        try:
            self._supervisor.stop(*(name for name in programs if name != FRONT), at_once=APP)
            (self.launch.run / "ready").unlink(missing_ok=True)
            # The front too: where it is there, nothing happens.
            for name in programs:
                self._supervisor.start(name)
        except NoAnswer:
            return False
        self._waiting = True
        return bool(programs)

    def end(self) -> None:
        """Let it finish what it is at; called once more, end it at once."""
        self._process.end()
        self._process.wait()
        self._lines.join()

    def _tell_when_ready(self) -> None:
        states = self._states() if self.launch.stack else {}
        broken = sorted(name for name, state in states.items() if state in BROKEN and HEALS in self.launch.command.env)
        if broken:
            self._give_up(broken)
        elif self._ready(states):
            self._waiting = False
            self._say.rest()
            self._say.news(self._news())

    def _ready(self, states: dict[str, str]) -> bool:
        if not self.launch.serves:
            return not self.launch.stack or (bool(states) and set(states.values()) <= {"RUNNING"})
        there = not self.launch.stack or (self.launch.run / "ready").exists()
        return there and self._answers(self.launch.port)

    def _news(self) -> str:
        where = f"Serving on {self.launch.url}" if self.launch.serves else f"Running {self.launch.name}"
        news = f"{where} (Ctrl-C ends it)" if self._new else "Reloaded"
        self._new = False
        return news

    def _give_up(self, broken: list[str]) -> None:
        """Once is enough: the next change may mend it."""
        self._waiting = False
        self._say.rest()
        with suppress(NoAnswer):
            self._supervisor.stop(*broken)
        names = " and ".join(broken)
        text = f"{names} can't start: the lines above say why. The next change starts it again."
        self._say.notice(Notice(name="up::broken", text=text))

    def _states(self) -> dict[str, str]:
        try:
            return self._supervisor.states()
        except NoAnswer:
            return {}

    def _pass_on(self) -> None:
        for line in filter(worth_showing, self._process.lines()):
            self._say.log(line)
