from __future__ import annotations

import os
import socket

import pytest

from tampu.paste.holders import SOMEBODY, holder
from tests.kit.ports import free_port


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_who_listens_has_a_name(family: socket.AddressFamily) -> None:
    with socket.socket(family) as sock:
        port = free_port()
        sock.bind(("localhost" if family == socket.AF_INET else "::1", port))
        assert holder(str(port)) == SOMEBODY
        sock.listen()

        assert holder(str(port)).endswith(f" (process {os.getpid()})")


def test_a_file_is_no_port() -> None:
    assert holder("/run/app.sock") == SOMEBODY
