from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, cast

from tampu.build.tasks.stack_files import LAUNCH

sys.path.append(str(LAUNCH))
from gathered import MOST, Gathered, gathering

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Callable


class Wire:
    """A transport that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def write_eof(self) -> None:
        self.done.append("the end")

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


class Protocol:
    """As uvicorn's: it knows its loop, and keeps its transport."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: Transport) -> None:
        self.transport = transport


def done(act: Callable[[Transport], None], turns: int = 1) -> list[Any]:
    """What becomes of a wire."""

    async def run() -> list[Any]:
        wire = Wire()
        protocol = gathering(Protocol)()
        protocol.connection_made(wire)
        for _ in range(turns):
            act(protocol.transport)
            await asyncio.sleep(0)
        return wire.done

    return asyncio.run(run())


def answer(transport: Transport) -> None:
    transport.write(b"head ")
    transport.write(b"body")


def test_head_and_body_are_one() -> None:
    assert [b"head body"] == done(answer)


def test_what_comes_later_leaves_later() -> None:
    assert [b"head body", b"head body"] == done(answer, turns=2)


def test_all_has_left_before_the_end() -> None:
    def close(transport: Transport) -> None:
        answer(transport)
        transport.close()

    def end(transport: Transport) -> None:
        answer(transport)
        transport.write_eof()

    assert [b"head body", "closed"] == done(close)
    assert [b"head body", "the end"] == done(end)


def test_much_does_not_wait() -> None:
    large = bytes(MOST)
    soon: list[object] = []
    wire = Wire()
    transport = Gathered(cast("Transport", wire), soon.append)

    transport.write(b"head")
    transport.write(large)
    transport.write(b"more")

    assert [b"head" + large] == wire.done
    assert 2 == len(soon)


def test_what_is_changed_afterwards_leaves_as_it_was() -> None:
    def change(transport: Transport) -> None:
        data = bytearray(b"first")
        transport.write(data)
        data[:] = b"other"

    assert [b"first"] == done(change)


def test_all_else_is_the_transport_s_own() -> None:
    def look(transport: Transport) -> None:
        assert not transport.is_closing()
        assert "the peername" == transport.get_extra_info("peername")
        transport.close()
        assert transport.is_closing()

    assert ["closed"] == done(look)
