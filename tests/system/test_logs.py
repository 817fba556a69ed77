"""Each line of the access log and of the app comes out once and whole, however many there are."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds, served, volley
from tests.system.echo import APPS

if TYPE_CHECKING:
    from pathlib import Path

LINES = int(os.environ.get("TAMPU_LINES", "20000"))
# uWSGI gives both of its outputs the same place.
TOLD = re.compile(r"app std(?:out|err) \| told (\d+)")
ASKED = re.compile(
    r'nginx stdout \| 127\.0\.0\.1 \(-\) - - \[[^]]+\] "GET /told\?(\d+) HTTP/1\.1" 200 \d+ "-" "-" [\d.]+'
)
OF_LOAD = re.compile(r"told|GET")


@pytest.mark.parametrize("kind", sorted(APPS))
def test_no_line_is_lost_torn_or_doubled(kind: str, tmp_path: Path, mirror: Path, index: str, seed: Path) -> None:
    platform = builds.Platform.make(tmp_path / "platform", mirror, index, seed)
    app = builds.write_app(tmp_path / "app", APPS[kind])
    platform.compile(app)
    requests = LINES // 2

    with served.serve(app, tmp_path / "run") as up:
        up.until_answers()
        statuses = volley.fire(up.port, "/told", requests)
        up.tell(signal.SIGTERM)
        code = up.ended()

    said = [line for line in up.said().splitlines() if OF_LOAD.search(line) and "/quick" not in line]
    odd = [line for line in said if not (TOLD.fullmatch(line) or ASKED.fullmatch(line))]
    assert ({200: requests}, 0, []) == (statuses, code, odd[:10])
    for pattern in (TOLD, ASKED):
        seen = Counter(found[1] for line in said if (found := pattern.fullmatch(line)))
        assert {str(number): 1 for number in range(requests)} == seen
