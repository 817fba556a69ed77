"""A run that a client looks at, as the client's agent sees it."""

from __future__ import annotations

import os
import socket

from tampu.remote.agent.places import STREAMS
from tampu.remote.links.wire import PIECE, Frames, Kind, piece, said

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any


class Shown:
    """What was sent of its streams, and the door to its supervisor while it has one."""

    def __init__(self, folder: str, asked: dict[str, Any]) -> None:
        if not os.path.isdir(folder):
            raise ValueError("no run of that ID")
        self.folder = folder
        self.places = {stream: int(asked.get(stream, 0)) for stream in STREAMS}
        self.files = {stream: os.open(os.path.join(folder, stream), os.O_RDONLY) for stream in STREAMS}
        self.once = bool(asked.get("once"))
        self.changes = bool(asked.get("changes"))
        self.door = None if self.once else self._knock()
        self.frames = Frames()
        self.unsent = b""

    def _knock(self) -> socket.socket | None:
        door = socket.socket(socket.AF_UNIX)
        home = os.open(".", os.O_RDONLY)
        os.chdir(self.folder)
        try:
            door.connect("door")
        except OSError:
            door.close()
            return None
        finally:
            os.fchdir(home)
            os.close(home)
        door.setblocking(False)  # noqa: FBT003 - its name
        return door

    def say(self, message: bytes) -> None:
        if self.door:
            self.unsent += message
            self.flush()

    def flush(self) -> None:
        try:
            if self.door:
                self.unsent = self.unsent[self.door.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent = b""

    def hear(self) -> list[tuple[int, int, bytes]]:
        try:
            data = self.door.recv(PIECE) if self.door else b""
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.leave()
        return self.frames.feed(data)

    def leave(self) -> None:
        if self.door:
            self.door.close()
        self.door = None

    def pieces(self, channel: int) -> list[bytes]:
        """What has been written since."""
        found = []
        for stream, kind in zip(STREAMS, (Kind.OUT, Kind.ERR)):
            data = os.pread(self.files[stream], PIECE, self.places[stream])
            if data:
                found.append(piece(kind, channel, self.places[stream], data))
                self.places[stream] += len(data)
        if found:
            self.say(said(Kind.SEEN, seen=sum(self.places.values())))
        return found

    def close(self) -> None:
        self.leave()
        for file in self.files.values():
            os.close(file)
