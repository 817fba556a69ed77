from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path) -> Callable[[Mapping[str, str]], Tree]:
    """An app with these files in it."""

    def lay(files: Mapping[str, str]) -> Tree:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return Tree(tmp_path)

    return lay
