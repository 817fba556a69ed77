"""Messages arrive whole, in order, with their descriptors."""

from __future__ import annotations

import os
import threading

from tampu.paste.reload.channel import Channel


def test_messages_of_any_size_come_with_their_descriptors() -> None:
    one, other = Channel.pair()
    reader, writer = os.pipe()
    messages = [{"text": "x" * size} for size in (1, 1_000_000, 10)]

    def send() -> None:
        for message in messages:
            one.send(message, [writer])
        one.close()

    sender = threading.Thread(target=send)
    sender.start()
    found = []
    while (received := other.receive()) is not None:
        found += received
    sender.join()

    assert messages == [message for message, _ in found]
    for _, descriptors in found:
        os.write(descriptors[0], b".")
    assert b"..." == os.read(reader, 10)
    assert (True, True) == (other.has_more(), other.is_closed())
    other.close()
    assert (False, True) == (other.has_more(), other.is_closed())
    for each in (reader, writer, *(number for _, numbers in found for number in numbers)):
        os.close(each)


def test_to_somebody_who_has_ended_nothing_is_said() -> None:
    one, other = Channel.pair()
    assert (False, False) == (one.has_more(), one.is_closed())
    other.close()
    one.send({"text": "hello"})
    one.send({"text": "hello"}, [0])
    assert one.receive() is None
    one.close()
