"""Front ends in small: they speak SCGI, FastCGI and AJP13, and are written from the protocols' descriptions alone."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Headers = Sequence[tuple[str, str]]

HOST = "127.0.0.1"
SECONDS = 30.0
AJP_METHODS = {"OPTIONS": 1, "GET": 2, "HEAD": 3, "POST": 4, "PUT": 5, "DELETE": 6}
AJP_NAMES = (
    *("", "Content-Type", "Content-Language", "Content-Length", "Date", "Last-Modified", "Location", "Set-Cookie"),
    *("Set-Cookie2", "Servlet-Engine", "Status", "WWW-Authenticate"),
)


@dataclass(slots=True)
class Reply:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    errors: bytes = b""
    goes_on: bool = False

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), SECONDS)


def exactly(sock: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        data = sock.recv(count - len(found))
        if not data:
            raise EOFError(f"{len(found)} of {count} bytes")
        found += data
    return found


def to_its_end(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(1 << 16), b""))


def variables(method: str, path: str, body: bytes, headers: Headers = ()) -> dict[str, str]:
    return {
        "CONTENT_LENGTH": str(len(body)),
        "REQUEST_METHOD": method,
        "REQUEST_URI": path,
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers},
    }


def scgi_request(known: dict[str, str], body: bytes = b"") -> bytes:
    text = "".join(f"{name}\0{value}\0" for name, value in {**known, "SCGI": "1"}.items()).encode("latin-1")
    return b"%d:%s,%s" % (len(text), text, body)


def scgi(port: int, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = ()) -> Reply:
    with connect(port) as sock:
        return scgi_by(sock, path, body, method, headers)


def scgi_by(sock: socket.socket, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = ()) -> Reply:
    known = variables(method or ("POST" if body else "GET"), path, body, headers)
    sock.sendall(scgi_request(known, body))
    return cgi_reply(to_its_end(sock))


def cgi_reply(data: bytes) -> Reply:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        raise EOFError(f"no head in {data[:100]!r}")
    lines = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n")]
    headers = [(line[0], line[1]) for line in lines]
    return Reply(status=int(dict(headers)["Status"][:3]), headers=headers[1:], body=body)


def fcgi_record(kind: int, number: int, content: bytes = b"", padding: int = 0) -> bytes:
    return struct.pack(">BBHHBx", 1, kind, number, len(content), padding) + content + b"\0" * padding


def fcgi_pairs(known: dict[str, str]) -> bytes:
    def length(count: int) -> bytes:
        return struct.pack(">I", count | 1 << 31) if count > 127 else bytes([count])

    packed = b""
    for name, value in known.items():
        text = name.encode("latin-1"), value.encode("latin-1")
        packed += length(len(text[0])) + length(len(text[1])) + b"".join(text)
    return packed


def fcgi_request(known: dict[str, str], body: bytes = b"", *, keep: bool = False, number: int = 1) -> bytes:
    pieces = [body[at : at + 60000] for at in range(0, len(body), 60000)]
    return b"".join(
        [
            fcgi_record(1, number, struct.pack(">HB5x", 1, keep), padding=7),
            fcgi_record(4, number, fcgi_pairs(known), padding=3),
            fcgi_record(4, number),
            *(fcgi_record(5, number, piece, padding=5) for piece in pieces),
            fcgi_record(5, number),
        ]
    )


def fcgi_records(sock: socket.socket) -> Iterator[tuple[int, int, bytes]]:
    """Up to the end of a request, or of the connection."""
    kind = 0
    while kind != 3:
        _, kind, number, length, padding = struct.unpack(">BBHHBx", exactly(sock, 8))
        yield kind, number, exactly(sock, length + padding)[:length]


def fcgi_reply(sock: socket.socket) -> Reply:
    streams = {6: b"", 7: b"", 3: b""}
    for kind, _, content in fcgi_records(sock):
        streams[kind] += content
    reply = cgi_reply(streams[6])
    reply.errors = streams[7]
    return reply


def fcgi(port: int, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = ()) -> Reply:
    with connect(port) as sock:
        return fcgi_by(sock, path, body, method, headers)


def fcgi_by(sock: socket.socket, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = ()) -> Reply:
    known = variables(method or ("POST" if body else "GET"), path, body, headers)
    sock.sendall(fcgi_request(known, body))
    return fcgi_reply(sock)


def ajp_text(text: str | None) -> bytes:
    if text is None:
        return b"\xff\xff"
    return struct.pack(">H", len(text)) + text.encode("latin-1") + b"\0"


def ajp_packet(content: bytes) -> bytes:
    return struct.pack(">HH", 0x1234, len(content)) + content


def ajp_request(method: str, path: str, headers: Headers, attributes: bytes = b"") -> bytes:
    url, _, query = path.partition("?")
    lines = b"".join(ajp_text(name) + ajp_text(value) for name, value in headers)
    if query:
        attributes += b"\x05" + ajp_text(query)
    return ajp_packet(
        b"".join(
            [
                bytes([2, AJP_METHODS[method]]),
                *(ajp_text(text) for text in ("HTTP/1.1", url, "192.0.2.7", None, "example.org")),
                struct.pack(">HBH", 80, 0, len(headers)),
                lines,
                attributes,
                b"\xff",
            ]
        )
    )


def ajp_piece(body: bytes) -> bytes:
    return ajp_packet(struct.pack(">H", len(body)) + body if body else b"")


class Ajp:
    """A connection that is kept, as Apache has it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def ask(
        self, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = (), attributes: bytes = b""
    ) -> Reply:
        chunked = ("Transfer-Encoding", "chunked") in headers
        method = method or ("POST" if body else "GET")
        length = [] if chunked else [("content-length", str(len(body)))]
        self.sock.sendall(ajp_request(method, path, [*headers, *length], attributes))
        at = 0 if chunked else self._send_piece(body, 0, 8186)
        reply = Reply()
        while True:
            _, size = struct.unpack(">2sH", exactly(self.sock, 4))
            content = exactly(self.sock, size)
            if content[0] == 6:
                at = self._send_piece(body, at, struct.unpack(">H", content[1:])[0], always=True)
            elif content[0] == 4:
                reply.status, reply.headers = self._head(content)
            elif content[0] == 3:
                reply.body += content[3 : 3 + struct.unpack(">H", content[1:3])[0]]
            elif content[0] == 5:
                reply.goes_on = bool(content[1])
                return reply

    def _send_piece(self, body: bytes, at: int, most: int, *, always: bool = False) -> int:
        piece = body[at : at + most]
        if piece or always:
            self.sock.sendall(ajp_piece(piece))
        return at + len(piece)

    @staticmethod
    def _head(content: bytes) -> tuple[int, list[tuple[str, str]]]:
        status, length = struct.unpack(">HH", content[1:5])
        at = 5 + length + 1
        (count,) = struct.unpack(">H", content[at : at + 2])
        words, at = [], at + 2
        for _ in range(2 * count):
            (length,) = struct.unpack(">H", content[at : at + 2])
            at += 2
            if length >> 8 == 0xA0:
                words.append(AJP_NAMES[length & 0xFF])
            else:
                words.append(content[at : at + length].decode("latin-1"))
                at += length + 1
        return status, list(zip(words[::2], words[1::2], strict=True))


def ajp(port: int, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = ()) -> Reply:
    with connect(port) as sock:
        return ajp_by(sock, path, body, method, headers)


def ajp_by(sock: socket.socket, path: str = "/", body: bytes = b"", method: str = "", headers: Headers = ()) -> Reply:
    return Ajp(sock).ask(path, body, method, headers)
