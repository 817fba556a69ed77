"""The page of the documentation: what the last run of each bench found."""

from __future__ import annotations

import json
from pathlib import Path

import page_build
import page_daemon
import page_image
import page_serve

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "bench.md"
TITLE = "# How fast it is\n"
SECTIONS = {
    "serve": page_serve.section,
    "build": page_build.section,
    "image": page_image.section,
    "daemon": page_daemon.section,
}


def write_page() -> None:
    files = {name: HERE / "results" / f"{name}.json" for name in SECTIONS}
    found = {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.is_file()}
    PAGE.write_text("\n".join((TITLE, *(SECTIONS[name](found[name]) for name in found))), encoding="utf-8")
