"""Frames, the same on both ends: kind, channel, length, body. A part of the agent, and so for old Pythons too."""

from __future__ import annotations

# Not typing's: the agent starts with every connection, and a client with every run.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Encode = Callable[[object, int], tuple[str, ...]]
    Scan = Callable[[str, int], tuple[Any, int]]

# How long kind, channel and length are, and a place.
HEAD = 9
PLACE = 8
# What stands before the agent's first frame is a greeting of the host's shell.
MAGIC = b"\0tampu-agent\0"
SHA = 32
LAST, COMPRESSED = 1, 2
PIECE = 1 << 16
LONGEST = 1 << 26


class Kind:
    """What a frame is about. Y is for bodies in JSON, B for a place (8 bytes) with the bytes that stand there."""

    HELLO = 1  # Y, first from both ends
    PING = 2
    PONG = 3
    FAULT = 4  # Y, a request that can't be met
    RUN = 10  # Y, begins the run of that ID, or takes it up where there is one
    STARTED = 11  # Y
    IN = 12  # B
    END = 13  # Y, where stdin ends
    TAKEN = 14  # Y, what of stdin the program has got
    OUT = 15  # B
    ERR = 16  # B
    EXIT = 17  # Y
    SIGNAL = 18  # Y
    SIZE = 19  # Y
    CLOSE = 20  # Y, nobody reads that stream any more
    GONE = 22  # the client has ended, and not only its link
    SEEN = 23  # Y, how much of the output is on its way
    NEWS = 24  # something has changed in the run's folder
    KILL = 25  # the run is to end, with all that it has started
    LIST = 30
    LISTED = 31  # Y
    ORDER = 32  # Y, a frame to the run of that ID
    DONE = 33  # Y
    WANT = 40  # Y, is that tree there? Who is told that it isn't is the one who brings it
    HAS = 41  # Y
    TREE = 42  # Y, what is in it
    LACKS = 43  # Y, the contents that are still to come
    BLOB = 44  # a content's sha256 (32 bytes), a byte of flags, and a piece of it
    WAIT = 45  # somebody else is bringing it
    CHANGED = 46  # Y, asks for and tells what a run has written in its folder
    FETCH = 47  # Y
    REMOVE = 48  # Y
    PYTHONS = 49  # Y
    USED = 50  # Y


class BadFrame(ValueError):
    """What came is no frame of ours."""


class _AsUsual:
    """What json asks of whoever wants a scanner."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def _quick() -> tuple[Encode, Scan]:
    """The parts of json that do the work: to load the rest takes longer than all else that a client loads."""
    import _json as parts

    shape = (None, ": ", ", ", False, False, True)
    encode: Encode = parts.make_encoder(None, None, parts.encode_basestring_ascii, *shape)  # type: ignore[arg-type]
    return encode, parts.make_scanner(_AsUsual())  # type: ignore[arg-type]


def _usual() -> tuple[Encode, Scan]:
    import json

    return lambda value, _: (json.dumps(value),), json.JSONDecoder().scan_once  # type: ignore[attr-defined]


try:
    _encode, _scan = _quick()
except (ImportError, TypeError, AttributeError):
    _encode, _scan = _usual()


def as_text(value: object) -> str:
    """As JSON."""
    return "".join(_encode(value, 0))


def from_text(text: str) -> Any:  # noqa: ANN401 - whatever it says
    text = text.strip()
    try:
        value, end = _scan(text, 0)
    # Of a text without an end, where nobody has loaded the rest of json: its error is there.
    except (StopIteration, SystemError):
        end = -1
    if end != len(text):
        raise BadFrame("no JSON")
    return value


def frame(kind: int, channel: int = 0, body: bytes = b"") -> bytes:
    return kind.to_bytes(1, "big") + channel.to_bytes(4, "big") + len(body).to_bytes(4, "big") + body


def said(kind: int, channel: int = 0, /, **words: object) -> bytes:
    return frame(kind, channel, as_text(words).encode())


def piece(kind: int, channel: int, place: int, data: bytes) -> bytes:
    return frame(kind, channel, place.to_bytes(PLACE, "big") + data)


def words(body: bytes) -> dict[str, Any]:
    try:
        found = from_text((body or b"{}").decode())
    except (ValueError, RecursionError) as error:
        raise BadFrame(str(error)) from error
    if not isinstance(found, dict):
        raise BadFrame("no object")
    return found


def placed(body: bytes) -> tuple[int, bytes]:
    if len(body) < PLACE:
        raise BadFrame("no place")
    return int.from_bytes(body[:PLACE], "big"), body[PLACE:]


def blob(channel: int, sha: str, flags: int, data: bytes) -> bytes:
    head = Kind.BLOB.to_bytes(1, "big") + channel.to_bytes(4, "big") + (SHA + 1 + len(data)).to_bytes(4, "big")
    return b"".join((head, bytes.fromhex(sha), bytes((flags,)), data))


def blob_of(body: bytes) -> tuple[str, bool, bytes]:
    """Whose piece it is, whether it is the last, and the piece."""
    if len(body) <= SHA:
        raise BadFrame("no blob")
    sha, flags, data = body[:SHA], body[SHA], body[SHA + 1 :]
    if flags & COMPRESSED:
        import zlib

        made = zlib.decompressobj()
        try:
            data = made.decompress(data, LONGEST)
        except zlib.error as error:
            raise BadFrame(str(error)) from error
        if made.unconsumed_tail:
            raise BadFrame("a piece that is too long")
    return sha.hex(), bool(flags & LAST), data


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def rest(self) -> bytes:
        """The beginning of a frame whose end has not come."""
        return bytes(self._held)

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        self._held += data
        found = []
        at, there = 0, len(self._held)
        with memoryview(self._held) as held:
            while there - at >= HEAD:
                start = at + HEAD
                length = int.from_bytes(held[at + 5 : start], "big")
                if length > LONGEST:
                    raise BadFrame(f"{length} bytes")
                if there - start < length:
                    break
                channel = int.from_bytes(held[at + 1 : at + 5], "big")
                found.append((held[at], channel, bytes(held[start : start + length])))
                at = start + length
        del self._held[:at]
        return found
