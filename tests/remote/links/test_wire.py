from __future__ import annotations

import pytest

from tampu.remote.links.wire import LONGEST, BadFrame, Frames, Kind, blob_of, frame, piece, placed, said, words

ALL = [
    (Kind.PING, 0, b""),
    (Kind.OUT, 7, b"\0" * 300),
    (Kind.EXIT, 2**32 - 1, b'{"code": 3}'),
]
STREAM = b"".join(frame(*each) for each in ALL)


@pytest.mark.parametrize("size", [1, 2, 8, 9, 10, 100, len(STREAM)])
def test_frames_come_out_whole_however_they_are_cut(size: int) -> None:
    frames = Frames()

    found = [each for at in range(0, len(STREAM), size) for each in frames.feed(STREAM[at : at + size])]

    assert ALL == found


def test_a_frame_has_nine_bytes_before_its_body() -> None:
    assert b"\x02\0\0\0\x05\0\0\0\x02ab" == frame(Kind.PING, 5, b"ab")


def test_what_is_no_frame() -> None:
    with pytest.raises(BadFrame):
        Frames().feed(b"\x02\0\0\0\0" + (LONGEST + 1).to_bytes(4, "big"))
    with pytest.raises(BadFrame):
        words(b"[]")


def test_words_and_pieces_come_back() -> None:
    [(kind, channel, body)] = Frames().feed(said(Kind.SIGNAL, 3, signal=15))
    assert (Kind.SIGNAL, 3, {"signal": 15}) == (kind, channel, words(body))

    [(kind, channel, body)] = Frames().feed(piece(Kind.IN, 1, 2**40, b"data"))
    assert (Kind.IN, 1, (2**40, b"data")) == (kind, channel, placed(body))


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b"1", b"{", b'{"a": '])
def test_words_that_are_none(body: bytes) -> None:
    with pytest.raises(BadFrame):
        words(body)


def test_a_piece_that_is_not_compressed_as_it_says() -> None:
    with pytest.raises(BadFrame):
        blob_of(bytes(32) + b"\x02" + b"no stream")
