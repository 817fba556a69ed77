"""Texts that were read and agreed to once, and that must not change unseen."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Compares with files under `tests/`; when updating, writes them instead."""

    updating: bool
    root: Path = TESTS

    def check(self, name: str, text: str) -> None:
        path = self.root / name
        if self.updating:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        stored = path.read_text(encoding="utf-8") if path.is_file() else ""
        if stored != text:
            changes = difflib.unified_diff(stored.splitlines(), text.splitlines(), f"tests/{name}", "now", lineterm="")
            pytest.fail("\n".join((*changes, "", "If it is meant: tests/run --update-golden")), pytrace=False)
