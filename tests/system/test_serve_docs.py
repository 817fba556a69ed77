"""The table of docs/serve.md: each of its commands, run as it stands there, in the order in which they stand there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import require, typed
from tests.kit.typed import Shell

if TYPE_CHECKING:
    from tests.kit.builds import Platform

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serve.md"
HEADING = "\n## Line by line\n"
ROW = re.compile(r"^\| (?P<says>.*) \| `(?P<command>[^`]+)` \| (?P<comes>.*) \|$", re.MULTILINE)
NOTHING = "nothing"
# Shown in tests/serve/test_verbs.py, by a user of its own.
APART = "sudo "


def text() -> str:
    return PAGE.read_text(encoding="utf-8").partition(HEADING)[2]


@pytest.fixture
def shell(platform: Platform, tmp_path: Path) -> Shell:
    env = typed.surroundings(platform, tmp_path)
    made = Shell(folder=tmp_path / "shop", env=env, ports=typed.ports("8080", "8081", "4000"))
    subprocess.run(
        ("tampu", "create", "-q", "-t", "wsgi", "shop"),
        cwd=tmp_path,
        env=env,
        check=True,
        executable=tmp_path / "programs" / "tampu",
    )
    servers = text().split("```\n")[1]
    (made.folder / "servers.ini").write_text(made.own(servers))
    for config in made.folder.glob("*.ini"):
        config.write_text(made.own(config.read_text()))
    return made


def test_each_line_is_as_the_page_says(shell: Shell) -> None:
    require.need("csh")
    rows = [row for row in ROW.finditer(text()) if not row["command"].startswith(APART)]
    assert len(rows) > 30

    for row in rows:
        comes = shell.own(row["comes"].strip("`"))
        expected = re.escape(comes).replace("4711", r"\d+")
        said = shell.run(shell.own(row["command"]), expected)
        assert said == "" if comes == NOTHING else re.search(expected, said), (row["says"], row["command"], said)
