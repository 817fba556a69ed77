from __future__ import annotations

import socket

from tampu.world import ports


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert "Address already in use" == ports.obstacle(port)
        assert ports.answers(port)

    assert "" == ports.obstacle(port)
    assert not ports.answers(port)
