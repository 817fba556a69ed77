"""`docs/picture` draws what a terminal shows, and docs/up.svg is what it has drawn of `tampu up`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.docs.pages import HOUSE

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "{http://www.w3.org/2000/svg}text"
# As rich writes: a line that moves and is then replaced, one in bold, one longer than the terminal is wide.
SAID = (
    "\x1b[?25l\x1b[32m⠋\x1b[0m Deciding\r\x1b[2K\x1b[32m⠙\x1b[0m Deciding\r\x1b[2K\x1b[1A\x1b[2K"
    "\x1b[2m  a < b & c\x1b[0m\n\x1b[32m✔\x1b[0m Deciding \x1b[2m0.1 s\x1b[0m\n\x1b[?25h"
    "\x1b[1m➜ Serving\x1b[0m\n"
)


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(TEXT)]  # noqa: S314 - drawn here


def test_what_a_terminal_shows_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "said").write_text(SAID, encoding="utf-8")
    program = (sys.executable, HOUSE / "docs" / "picture", "--out", tmp_path / "made.svg", "cat", tmp_path / "said")

    subprocess.run(program, check=True, capture_output=True)

    svg = (tmp_path / "made.svg").read_text(encoding="utf-8")
    title, *lines = texts(svg)
    assert f"$ cat {tmp_path}/said" == title
    assert ["a < b & c", "✔", "Deciding", "0.1 s", "➜ Serving"] == lines
    assert svg.count("font-weight:bold") == 2
    assert svg.count("<text") == len(lines) + 1


def test_the_picture_shows_an_example_that_is_served() -> None:
    picture = HOUSE / "docs" / "up.svg"
    lines = texts(picture.read_text(encoding="utf-8"))

    assert "$ bin/tampu up examples/flask" == lines[0]
    assert "app:app served by nginx and uWSGI: app.py:7: app = Flask(__name__)" in lines
    assert "➜ Serving on http://127.0.0.1:8000 (Ctrl-C ends it)" in lines
    assert any('"GET / HTTP/1.1" 200' in line for line in lines)
    assert picture.stat().st_size < 10_000
