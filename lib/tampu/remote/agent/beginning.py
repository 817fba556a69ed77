"""How a run begins: as a process of its own, which nothing binds to the agent that was asked for it."""

from __future__ import annotations

import os
import sys

from tampu.remote.agent.places import Store
from tampu.remote.agent.program import Ready, adopt
from tampu.remote.agent.supervisor import Supervisor
from tampu.remote.links.wire import as_text, from_text

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.agent.tasks import Steps


# For so long after a run, its client has questions.
IDLE = 0.1


class Next:
    """Who will supervise the next run: forked while nothing is to be done, for that takes longer than all else."""

    def __init__(self) -> None:
        self.tell = self.settled = -1

    def prepare(self) -> None:
        if self.tell >= 0:
            return
        told, self.tell = os.pipe()
        self.settled, settled = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.setsid()
                if not os.fork():
                    wait(told, settled)
            finally:
                try:
                    last_words()
                finally:
                    os._exit(0)
        os.close(told)
        os.close(settled)
        os.waitpid(child, 0)

    def preparing(self) -> Steps:
        yield IDLE
        self.prepare()

    def supervise(self, store: Store, spec: dict[str, Any]) -> None:
        """Begin that run, unless it has begun already, and leave it to itself."""
        text = as_text([store.path, store.budget, spec]).encode()
        taken = False
        while not taken:
            self.prepare()
            tell, settled, self.tell = self.tell, self.settled, -1
            try:
                with open(tell, "wb") as file:
                    file.write(text)
                taken = True
            except BrokenPipeError:
                # Somebody has killed it.
                pass
            os.read(settled, 1)
            os.close(settled)


def wait(told: int, settled: int) -> None:
    """For a run to supervise, or for the agent's end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for end in range(3):
        os.dup2(nothing, end)
    low, high = sorted((told, settled))
    for first, last in ((3, low), (low + 1, high), (high + 1, 1 << 12)):
        os.closerange(first, last)
    adopt()
    ready = Ready()
    with open(told, "rb", 0) as file:
        text = file.read()
    try:
        path, budget, spec = from_text(text.decode())
    except ValueError:
        return
    supervisor = Supervisor(spec)
    new = supervisor.settle(Store(path, budget))
    os.close(settled)
    if new:
        supervisor.go(ready)


def last_words() -> None:
    """What should never happen, for those who look for it."""
    error = sys.exc_info()[1]
    if error:
        with open("trouble", "a", encoding="utf-8") as file:
            file.write(f"{type(error).__name__}: {error}\n")
