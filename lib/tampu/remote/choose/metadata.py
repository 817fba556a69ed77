"""What a distribution says about its own imports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.entries import files

if TYPE_CHECKING:
    from pathlib import Path

# Since version 2.5: https://peps.python.org/pep-0794/
NAMED = re.compile(rb"^Import-Name: *([\w.]+)", re.MULTILINE)
HEAD = re.compile(rb".*?(?:\r?\n){2}", re.DOTALL)


def imports_named_in(info: Path) -> frozenset[str]:
    """By its Import-Name fields; by the older top_level.txt where it has none."""
    text = files.read(info / "METADATA") or files.read(info / "PKG-INFO") or b""
    head = HEAD.match(text)
    named = NAMED.findall(head[0] if head else text)
    older = (files.read(info / "top_level.txt") or b"").split()
    return frozenset(name.decode(errors="replace") for name in named or older)
