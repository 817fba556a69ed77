"""Ports of this machine: whether one is free, and whether somebody answers there."""

from __future__ import annotations

import socket

HIGHEST = 65535
ANSWER_WITHIN = 0.5


def is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST)) and 1 <= int(text) <= HIGHEST


def obstacle(port: int) -> str:
    """Why nobody can listen there, or nothing."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=ANSWER_WITHIN).close()
    except OSError:
        return False
    return True
