"""What is in the standard library of a Python, be it another one than that which asks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("standard.json")


@cache
def standard(version: str) -> frozenset[str]:
    """The names at its top; of a version that is newer than the list, those of the newest."""
    known = json.loads(LIST.read_text(encoding="utf-8"))
    newest = max(last for _, last in known["some"].values())
    minor = min(int(version.split(".")[1]), newest)
    some = (name for name, (first, last) in known["some"].items() if first <= minor <= last)
    return frozenset((*known["always"].split(), *some))
