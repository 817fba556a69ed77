from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.service.systemd import unit
from tampu.service.wish import read
from tests.kit import require

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.golden import Golden

MOST = 1.5


@pytest.mark.parametrize("more", [{}, {"notify": True, "watchdog": 30}])
def test_a_unit_is_valid_and_may_do_little(tmp_path: Path, more: dict[str, object]) -> None:
    require.need("systemd-analyze")
    text = unit(read({"user": "shop", "path_to_files": ".", "command": "python x.py", **more}, "x", tmp_path, {}))
    file = tmp_path / "shop.service"
    # What it starts is not here.
    file.write_text(re.sub("ExecStart=.*", "ExecStart=/bin/true", text))

    judged = subprocess.run(
        ("systemd-analyze", "security", "--offline=true", file), capture_output=True, text=True, check=True
    )
    checked = subprocess.run(
        ("systemd-analyze", "verify", "--man=no", file), capture_output=True, text=True, check=True
    )

    found = re.search(r"Overall exposure level for shop.service: ([0-9.]+)", judged.stdout)
    assert found
    assert float(found[1]) <= MOST
    assert "" == checked.stderr


def test_a_unit_that_says_itself_when_it_is_ready(tmp_path: Path, golden: Golden) -> None:
    words = {"user": "shop", "name": "kiosk", "path_to_files": ".", "command": "x", "notify": True, "watchdog": 30}

    golden.check("service/unit.txt", unit(read(words, "x", tmp_path, {})))
