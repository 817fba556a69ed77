"""Frames in and frames out, over the ends of an ssh that somebody has started. It loads next to nothing."""

from __future__ import annotations

import os
import select
import time

from tampu.remote.links.wire import MAGIC, PIECE, BadFrame, Frames, Kind, frame, words

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Frame = tuple[int, int, bytes]
    # Of ssh's stdin, stdout and stderr, those that are ours.
    Ends = tuple[int, int, int]

BEAT = 3.0
SILENCE = 20.0
LONGEST_GREETING = 1 << 20
WORDS_KEPT = 1 << 13
AT_ONCE = 64


class Cut(Exception):
    """The link is gone; what was run over there may go on."""


class Talk:
    """It never blocks longer than asked, however much waits on either side."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.hello: dict[str, Any] = {}

    def _begin(self, ends: Ends, patience: float) -> None:
        self._in, self._out, self._err = ends
        for end in ends:
            os.set_blocking(end, False)
        self._frames = Frames()
        self._unsent: list[bytes | memoryview] = []
        self._waiting = 0
        self._queue: list[Frame] = []
        self._greeting: bytearray | None = bytearray()
        self._complaints = b""
        self._mute = False
        self._patience = patience
        self._quiet = 0.0
        self._beaten = time.monotonic()

    def _hold(self, ends: Ends, told: dict[str, Any]) -> None:
        """What somebody else has begun, and greeted."""
        self._begin(ends, SILENCE)
        self._greeting = None
        self.hello = told["hello"]
        self._frames.feed(bytes.fromhex(told["rest"]))

    @property
    def ends(self) -> Ends:
        return self._in, self._out, self._err

    def close(self) -> None:
        for end in self.ends:
            if end >= 0:
                os.close(end)
        self._in = self._out = self._err = -1

    def send(self, message: bytes) -> None:
        self._unsent.append(message)
        self._waiting += len(message)

    @property
    def waiting(self) -> int:
        """How much is still to be sent."""
        return self._waiting

    def frames(self) -> Iterator[Frame]:
        while self._queue:
            yield self._queue.pop(0)

    def wait(self, also: Sequence[int] = (), seconds: float = BEAT) -> list[int]:
        """Until there is something to do; gives those of `also` that can be read."""
        ours = [self._out] if self._mute else [self._out, self._err]
        began, patience = time.monotonic(), min(seconds, BEAT)
        ready, free, _ = select.select([*ours, *also], [self._in] if self._unsent else [], [], patience)
        # While we stood still ourselves, nobody was silent.
        self._quiet += min(time.monotonic() - began, patience)
        if self._err in ready:
            self._listen_to_ssh()
        if self._out in ready:
            self._receive()
        if free:
            self._flush()
        if self._quiet > self._patience:
            self._give_up()
            raise Cut
        self._beat()
        return [end for end in also if end in ready]

    def _give_up(self) -> None:
        """What is to be done where nothing was heard for too long."""

    def stay(self) -> None:
        """Nobody takes what has come; the host is to know that we are still there."""
        self._beat()
        if self._unsent and select.select([], [self._in], [], 0)[1]:
            self._flush()

    def _beat(self) -> None:
        now = time.monotonic()
        if self.hello and now - self._beaten > BEAT:
            self._beaten = now
            self.send(frame(Kind.PING))

    def _receive(self) -> None:
        try:
            data = os.read(self._out, PIECE)
        except BlockingIOError:
            return
        if not data:
            raise Cut
        self._quiet = 0.0
        try:
            for kind, channel, body in self._frames.feed(self._after_greeting(data)):
                if kind == Kind.HELLO:
                    self.hello = words(body)
                    self._patience = SILENCE
                elif kind != Kind.PONG:
                    self._queue.append((kind, channel, body))
        except BadFrame as error:
            raise Cut from error

    def _after_greeting(self, data: bytes) -> bytes:
        if self._greeting is None:
            return data
        self._greeting += data
        before, magic, after = self._greeting.partition(MAGIC)
        if not magic:
            if len(before) > LONGEST_GREETING:
                raise Cut
            return b""
        self._greeting = None
        return bytes(after)

    def _flush(self) -> None:
        try:
            taken = os.writev(self._in, self._unsent[:AT_ONCE])
        except BlockingIOError:
            return
        except BrokenPipeError as error:
            raise Cut from error
        self._waiting -= taken
        done = 0
        while taken and taken >= len(self._unsent[done]):
            taken -= len(self._unsent[done])
            done += 1
        if taken:
            self._unsent[done] = memoryview(self._unsent[done])[taken:]
        del self._unsent[:done]

    def _listen_to_ssh(self) -> None:
        try:
            data = os.read(self._err, PIECE)
        except BlockingIOError:
            return
        self._complaints = (self._complaints + data)[-WORDS_KEPT:]
        self._mute = not data
