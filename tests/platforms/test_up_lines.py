from __future__ import annotations

import pytest

from tampu.platforms.up_lines import worth_showing


@pytest.mark.parametrize(
    "line",
    [
        "app stderr | *** Starting uWSGI 2.0.30 (64bit) on [Sat Nov 21 10:17:37 2026] ***",
        "app stderr | Sat Nov 21 10:17:45 2026 - graceful shutdown triggered...",
        "supervisord | spawned: 'app' with pid 7",
        'nginx stderr | 2026/11/21 10:26:31 [notice] 10584#10584: using inherited sockets from "0;"',
    ],
)
def test_what_programs_say_to_themselves(line: str) -> None:
    assert not worth_showing(line)


@pytest.mark.parametrize(
    "line",
    [
        "app stderr | Traceback (most recent call last):",
        "app stderr | unable to load app 0 (mountpoint='') (callable not found or import error)",
        "app stdout | *** my own stars ***",
        'nginx stdout | 127.0.0.1 (-) - - [21/Nov/2026:10:17:45 +0000] "GET / HTTP/1.1" 200 587',
        "supervisord | exited: app (exit status 22; not expected)",
        "a line of another program",
    ],
)
def test_what_people_want_to_see(line: str) -> None:
    assert worth_showing(line)
