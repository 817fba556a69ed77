"""An agent that looks at a run, as the run's supervisor sees it."""

from __future__ import annotations

from tampu.remote.links.wire import Frames

TYPE_CHECKING = False

if TYPE_CHECKING:
    import socket


class Watcher:
    """An agent at the door."""

    def __init__(self, door: socket.socket) -> None:
        self.door = door
        self.frames = Frames()
        self.unsent = b""

    def say(self, message: bytes) -> None:
        self.unsent += message
        self.flush()

    def flush(self) -> None:
        try:
            self.unsent = self.unsent[self.door.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent = b""
