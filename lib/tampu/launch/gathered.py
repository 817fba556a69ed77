"""What an answer is made of leaves in one piece: a worker that dies has sent all of it, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Callable

MOST = 1 << 16


def gathering(protocol: type) -> type:
    """One of uvicorn's protocols, over transports that gather."""

    class Gathering(protocol):  # type: ignore[misc]
        def connection_made(self, transport: Transport) -> None:
            super().connection_made(Gathered(transport, self.loop.call_soon))

    return Gathering


class Gathered:
    """A transport that writes what it is given when its loop comes round."""

    def __init__(self, transport: Transport, soon: Callable[[Callable[[], None]], object]) -> None:
        self._transport = transport
        self._soon = soon
        self._pieces: list[bytes] = []
        self._size = 0
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._pieces:
            self._soon(self._leave)
        self._pieces.append(bytes(data))
        self._size += len(data)
        # Whoever writes without a pause has to hear of it when nobody reads.
        if self._size > MOST:
            self._leave()

    def close(self) -> None:
        self._leave()
        self._transport.close()

    def write_eof(self) -> None:
        self._leave()
        self._transport.write_eof()

    def _leave(self) -> None:
        if self._pieces:
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._size = 0
            self._transport.write(data)
