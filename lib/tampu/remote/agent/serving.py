"""The agent itself: hears the client, and shows it runs that others supervise."""

from __future__ import annotations

import collections
import os
import select
import signal
import time

from tampu.remote.agent.answers import ANSWERS, itself
from tampu.remote.agent.beginning import Next
from tampu.remote.agent.changes import changing
from tampu.remote.agent.making import FULL, Lied, Making
from tampu.remote.agent.places import LOST, Store, state
from tampu.remote.agent.program import end_all
from tampu.remote.agent.tasks import BACKGROUND, REFUSALS, Tasks
from tampu.remote.links.wire import MAGIC, PIECE, BadFrame, Frames, Kind, frame, said

TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.remote.agent.shown import Shown


AHEAD = 1 << 18
SILENCE = 30.0
# By looks, not by the clock: while the machine stands still, nobody leaves.
LAST_LOOKS = 25
A_LOOK = 0.02
# The channel on which clients ask for what is stored.
OF_THE_STORE = 3


class Agent:
    def __init__(self) -> None:
        self.parent = os.getppid()
        self.store = Store("")
        self.shown: dict[int, Shown] = {}
        self.frames = Frames()
        self.unsent = bytearray(MAGIC)
        self.heard = time.monotonic()
        self.over = self.grown = False
        self.makings: dict[int, Making] = {}
        self.tasks = Tasks(self.refuse)
        self.next = Next()
        self.tasks.add(BACKGROUND, self.next.preparing())

    def serve(self) -> None:
        for end in (0, 1):
            os.set_blocking(end, False)
        self.say(said(Kind.HELLO, **itself()))
        while not self.over:
            self._show()
            doors = {shown.door.fileno(): channel for channel, shown in self.shown.items() if shown.door}
            writing = [end for end, channel in doors.items() if self.shown[channel].unsent]
            patience = 0.0 if self._behind() else min(SILENCE / 4, self.tasks.patience())
            ready, free, _ = select.select([0, *doors], writing + [1] * bool(self.unsent), [], patience)
            for end in free:
                if end == 1:
                    self._send()
                else:
                    self.shown[doors[end]].flush()
            for end in ready:
                if end == 0:
                    self._hear()
                elif doors[end] in self.shown:
                    self._pass_on(doors[end])
            self.tasks.go()
            if time.monotonic() - self.heard > SILENCE:
                self.over = True
        for making in self.makings.values():
            collections.deque(making.drop(), 0)

    def say(self, message: bytes) -> None:
        self.unsent += message

    def _behind(self) -> bool:
        """Whether there is something that could be shown at once."""
        return len(self.unsent) < AHEAD and any(not shown.door for shown in self.shown.values())

    def _show(self) -> None:
        for channel, shown in list(self.shown.items()):
            more = True
            # In this order: what is written after the look at its state belongs to no ended run.
            ended = {} if shown.door else state(shown.folder) or {"running": True}
            while more and len(self.unsent) < AHEAD:
                found = shown.pieces(channel)
                self.unsent += b"".join(found)
                more = bool(found)
            if ended and not more:
                if ended == LOST:
                    end_all(os.path.basename(shown.folder), signal.SIGKILL)
                self.say(said(Kind.EXIT, channel, **ended))
                self.shown.pop(channel).close()
                if shown.changes and not ended.get("running"):
                    self.tasks.add(OF_THE_STORE, changing(self, OF_THE_STORE, os.path.basename(shown.folder)))
                self.tasks.add(BACKGROUND, self.next.preparing())

    def _send(self) -> None:
        try:
            del self.unsent[: os.write(1, self.unsent[:AHEAD])]
        except BlockingIOError:
            pass
        except OSError:
            self._farewell()

    def _hear(self) -> None:
        try:
            data = os.read(0, PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._farewell()
            return
        self.heard = time.monotonic()
        try:
            found = self.frames.feed(data)
        except BadFrame:
            # Where one ends and the next begins, nobody knows from here on.
            self.over = True
            return
        for kind, channel, body in found:
            try:
                if kind in ANSWERS:
                    ANSWERS[kind](self, channel, body)
                elif channel in self.shown:
                    self.shown[channel].say(frame(kind, channel, body))
            except (*REFUSALS, BadFrame) as error:
                self.refuse(channel, error)

    def refuse(self, channel: int, error: Exception) -> None:
        """What is asked for can't be had; a tree that was coming with it is dropped."""
        if channel == BACKGROUND:
            return
        known = {"full": self.store.path} if isinstance(error, OSError) and error.errno in FULL else {}
        lied = {"lied": str(error)} if isinstance(error, Lied) else {}
        self.say(said(Kind.FAULT, channel, error=str(error) or type(error).__name__, **known, **lied))
        if channel in self.makings:
            self.tasks.add(channel, self.makings.pop(channel).drop(error))

    def _pass_on(self, channel: int) -> None:
        for kind, _, body in self.shown[channel].hear():
            if kind == Kind.TAKEN:
                self.say(frame(kind, channel, body))

    def _farewell(self) -> None:
        """If sshd outlives the connection to us, it was the client that went; else only the link was cut."""
        self.over = True
        watched = [shown for shown in self.shown.values() if shown.door]
        for _ in range(LAST_LOOKS if watched else 0):
            if os.getppid() != self.parent:
                return
            time.sleep(A_LOOK)
        for shown in watched:
            shown.say(frame(Kind.GONE))


if __name__ == "__main__":
    Agent().serve()
